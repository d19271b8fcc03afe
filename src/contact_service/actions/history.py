"""A contact's history: every revision while it is held, what made it and changed; restored as ordinary edits."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from contact_service.actions import photos, shelf
from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.actions.writing import Written
from contact_service.model.card import Card
from contact_service.model.ids import DEFAULT_BOOK, CardId
from contact_service.model.problem import InvalidParameter, NotFound
from contact_service.storage import cards, revisions
from contact_service.storage.revisions import Refused, Revision
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads

REFUSED = "refused"
"""The kind of a revision that came too late and was not written."""
MOST_REFUSED = 20
"""Refused bodies kept of one contact (sync.md 3)."""
_NEWEST = 2**62


class Entry(msgspec.Struct, frozen=True):
    """A revision: `kind` is a Cause or "refused"; `changed` names the members that differ from the one before."""

    revision: str
    at: datetime
    device: str | None
    kind: str
    changed: list[str]


async def page(ctx: Context, card: CardId, before: int | None, limit: int) -> list[Entry]:
    """The contact's revisions below the number `before` (None: from the newest on), newest first; refused ones are
    told on the first page, in their place by time. At most `limit` that were written. Raises NotFound (404).
    """
    found = await revisions.of_card(ctx.tx, card, before or _NEWEST, limit + 1)
    if before is None and not found:
        raise NotFound
    bodies = [_body(ctx, revision) for revision in found]
    told = [
        Entry(
            str(revision.version),
            revision.at,
            _device(ctx, revision.device),
            str(revision.cause),
            changed(bodies[at + 1] if at + 1 < len(bodies) else None, bodies[at]),
        )
        for at, revision in enumerate(found[:limit])
    ]
    if before is None:
        told += [
            Entry(
                str(one.id), one.at, _device(ctx, one.device), REFUSED, _differs(ctx, one, bodies)
            )
            for one in await revisions.refused_of(ctx.tx, card)
        ]
        told.sort(key=lambda entry: entry.at, reverse=True)
    return told


def changed(before: Card | None, after: Card | None) -> list[str]:
    """The members that differ between two revisions (None: it was not there); `lines` for vCard lines alone."""
    one = msgspec.json.decode(before.json, type=dict[str, msgspec.Raw]) if before else {}
    other = msgspec.json.decode(after.json, type=dict[str, msgspec.Raw]) if after else {}
    names = [
        name
        for name in dict.fromkeys((*one, *other))
        if name not in one or name not in other or _value(one[name]) != _value(other[name])
    ]
    if not names and before and after and before.lines != after.lines:
        return ["lines"]
    return names


async def restore(ctx: Context, card: CardId, revision: str | None) -> Written:
    """Put a revision's content back; without one, what a deleted contact was last.

    Raises NotFound (404), InvalidParameter (422), UidTaken (409), BookFull (422).
    """
    row = await cards.get(ctx.tx, card)
    if row is None:
        raise NotFound
    if revision is None and row.deleted_at is None:
        raise InvalidParameter("revision", "needed for a contact that is not deleted")
    books = await shelf.read(ctx.tx, ctx.key)
    desk = Desk(ctx, row.book if row.book in books else DEFAULT_BOOK)
    await desk.lay([card], [], trashed=True)
    desk.restore(card, await _content(ctx, card, revision, desk))
    versions, now = await desk.write()
    if now != ctx.head.version:
        await ctx.note("contact.restored", object_kind="contact", object_id=str(card))
    return desk.written(card, versions[card], created=False)


async def look(ctx: Context, card: CardId, revision: str) -> Card:
    """What a revision says, to be seen before it is restored. Raises NotFound (404)."""
    row = await cards.get(ctx.tx, card)
    if row is None:
        raise NotFound
    books = await shelf.read(ctx.tx, ctx.key)
    desk = Desk(ctx, row.book if row.book in books else DEFAULT_BOOK)
    await desk.lay([card], [], trashed=True)
    return await _content(ctx, card, revision, desk)


async def _content(ctx: Context, card: CardId, revision: str | None, desk: Desk) -> Card:
    if revision is None:
        return desk.last(card)
    found: Card | None
    if revision.isascii() and revision.isdigit() and len(revision) < 19:
        found = desk.at(card, int(revision))
        if found is None:
            key = (card, int(revision))
            former = (await revisions.at_versions(ctx.tx, [key])).get(key)
            found = _body(ctx, former) if former is not None else None
    else:
        refused = {str(one.id): one for one in await revisions.refused_of(ctx.tx, card)}
        found = _refused(ctx, refused[revision]) if revision in refused else None
    if found is None:
        raise NotFound
    return found


async def refuse(ctx: Context, card: CardId, content: Card) -> None:
    """Keep a body that is refused as stale: some clients drop their edit then, and it can be restored from here."""
    made = CardId(ctx.new_id())
    device = heads.seal_device(ctx.key, ctx.device)
    kept = Refused(made, sealed_cards.seal(ctx.key, made, 0, content), device, ctx.now)
    await revisions.refuse(ctx.tx, card, kept, photos.blob_ids(content), MOST_REFUSED)


def held_since(ctx: Context) -> datetime:
    """From when on former revisions and deleted contacts are held."""
    return ctx.now - timedelta(days=ctx.house.settings.retention_history_days)


def _body(ctx: Context, revision: Revision) -> Card | None:
    if revision.sealed is None:
        return None
    return sealed_cards.open_(ctx.key, revision.card, revision.rev, revision.sealed)


def _refused(ctx: Context, refused: Refused) -> Card:
    return sealed_cards.open_(ctx.key, CardId(UUID(str(refused.id))), 0, refused.sealed)


def _differs(ctx: Context, refused: Refused, bodies: list[Card | None]) -> list[str]:
    return changed(bodies[0] if bodies else None, _refused(ctx, refused))


def _device(ctx: Context, sealed: bytes | None) -> str | None:
    return heads.open_device(ctx.key, sealed) if sealed is not None else None


def _value(raw: msgspec.Raw) -> object:
    return msgspec.json.decode(raw)
