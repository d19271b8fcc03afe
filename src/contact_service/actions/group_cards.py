"""Groups that are cards: their name and members change as any card does. A member that is not here stays in them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.formats import jscontact, membership
from contact_service.model.card import Card, Fields
from contact_service.model.group import Group, Groups, Said, bare
from contact_service.model.ids import CardId
from contact_service.model.problem import NotFound
from contact_service.storage import cards, revisions
from contact_service.vault import cards as sealed_cards

_URN = "urn:uuid:"


async def create(ctx: Context, groups: Groups, name: str, members: Sequence[str]) -> Group:
    """A new card of kind group. Raises BookFull (422), TooLarge (413)."""
    card = CardId(ctx.new_id())
    sent = {
        "@type": "Card",
        "version": "1.0",
        "kind": membership.GROUP,
        "name": {"full": name},
        "members": {groups.said[member].uid: True for member in members},
    }
    content, fields = jscontact.read(msgspec.json.encode(sent), f"{_URN}{card}")
    desk = Desk(ctx)
    await desk.lay([], [fields.uid or ""])
    desk.create(content, fields, card)
    return await _written(desk, groups, card, desk.book)


async def change(
    ctx: Context, groups: Groups, group: Group, name: str, members: Sequence[str]
) -> Group:
    """The group with that name and, of the contacts that are here, those members. Raises TooLarge (413)."""
    desk, card = await _opened(ctx, group)
    before = desk.last(card)
    said = groups.said[group.id]
    staying, known = set(members), set(group.members)
    kept = [
        uid
        for uid in said.members or ()
        if (holder := groups.holder(uid, said.book)) is None or holder in staying
    ]
    came = [groups.said[member].uid for member in members if member not in known]
    changes: dict[str, Any] = {"members": _members([*kept, *_spelled(before, said, came)])}
    if name != group.name:
        changes["name"] = _named(jscontact.fields(before.json), name)
    desk.patch(card, changes)
    return await _written(desk, groups, card, said.book)


async def delete(ctx: Context, group: Group) -> None:
    """The card of the group moves to the trash; its members stay."""
    desk, card = await _opened(ctx, group)
    desk.delete(card)
    await desk.write()


async def forget(ctx: Context, groups: Groups, group: Group, card: CardId) -> bool:
    """Take a deleted contact's uid out of the group, so that it is no member when restored. False: it was none.

    Raises NotFound (404): there never was such a contact.
    """
    if await cards.get(ctx.tx, card) is None:
        raise NotFound
    last = (await revisions.last(ctx.tx, [card])).get(card)
    if last is None or last.sealed is None or group.source != "card":
        return False
    content = sealed_cards.open_(ctx.key, card, last.rev, last.sealed)
    uid = bare(jscontact.fields(content.json).uid or "")
    members = groups.said[group.id].members or ()
    kept = [member for member in members if bare(member) != uid]
    if len(kept) == len(members):
        return False
    desk, own = await _opened(ctx, group)
    desk.patch(own, {"members": _members(kept)})
    await desk.write()
    return True


async def _opened(ctx: Context, group: Group) -> tuple[Desk, CardId]:
    desk, card = Desk(ctx), CardId(UUID(group.id))
    await desk.lay([card], [])
    return desk, card


async def _written(desk: Desk, groups: Groups, card: CardId, book: str) -> Group:
    versions, _ = await desk.write()
    said = membership.said(str(card), versions[card], book, desk.last(card).json)
    return groups.of_card(said)


def _spelled(before: Card, said: Said, uids: Iterable[str]) -> list[str]:
    """New members' uids as the group's vCard names the others: MEMBER holds URIs, and clients that write `urn:uuid:`
    before a uid that is none (iOS, macOS) look for nothing else.
    """
    prefixed = all(uid.lower().startswith(_URN) for uid in said.members or ())
    if not before.lines or not prefixed:
        return list(uids)
    return [uid if ":" in uid else f"{_URN}{uid}" for uid in uids]


def _members(uids: Iterable[str]) -> dict[str, bool] | None:
    return dict.fromkeys(uids, True) or None


def _named(fields: Fields, name: str) -> dict[str, Any]:
    """The name whole, and in one part where it had parts: Apple's groups say it in N too."""
    parts = fields.name.components if fields.name is not None else ()
    if not parts:
        return {"full": name}
    return {"full": name, "components": [{"kind": parts[0].kind, "value": name}]}
