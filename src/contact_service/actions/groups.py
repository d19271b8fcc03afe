"""Groups in one view: cards of kind group, and the keywords that cards share (sync.md 6).

What is done to one kind: actions/group_cards.py, actions/keywords.py. Members are never deleted with their group.
"""

from collections.abc import Sequence

from contact_service.actions import group_cards, keywords, view
from contact_service.actions.context import Context
from contact_service.model import ids
from contact_service.model.group import Group, Groups, Source
from contact_service.model.ids import CardId
from contact_service.model.problem import NotFound, StaleRevision, Unprocessable


async def standing(ctx: Context) -> Groups:
    """The groups as a write finds them."""
    return await view.groups(ctx.house, await view.here(ctx))


async def create(ctx: Context, name: str, members: Sequence[str], source: Source) -> Group:
    """A new group of these contacts (ids). A keyword is one of at least one contact.

    Raises Unprocessable (422: no such contact, no contact, a name that is none), GroupExists (409), BookFull (422).
    """
    groups = await standing(ctx)
    chosen, called = _chosen(groups, members), _called(name)
    if source == "keyword":
        made = await keywords.create(ctx, groups, called, chosen)
    else:
        made = await group_cards.create(ctx, groups, called, chosen)
    await _note(ctx, "group.created", made)
    return made


async def change(
    ctx: Context,
    group: str,
    *,
    name: str | None = None,
    members: Sequence[str] | None = None,
    tags: Sequence[str] = (),
) -> Group:
    """Another name, other members, where given; members that are not here stay. `tags`: one of them it must have.

    Raises NotFound (404), StaleRevision (412), GroupExists (409), Unprocessable (422).
    """
    groups, found = await _found(ctx, group, tags)
    called = found.name if name is None else _called(name)
    chosen = found.members if members is None else _chosen(groups, members)
    if (called, set(chosen)) == (found.name, set(found.members)):
        return found
    if found.source == "keyword":
        made = await keywords.change(ctx, groups, found, called, chosen)
    else:
        made = await group_cards.change(ctx, groups, found, called, chosen)
    await _note(ctx, "group.changed", made)
    return made


async def delete(ctx: Context, group: str, tags: Sequence[str] = ()) -> None:
    """The group goes, its members stay; a keyword is taken from them. Raises NotFound (404), StaleRevision (412)."""
    _, found = await _found(ctx, group, tags)
    if found.source == "keyword":
        await keywords.take(ctx, found.name, found.members)
    else:
        await group_cards.delete(ctx, found)
    await _note(ctx, "group.deleted", found)


async def add(ctx: Context, group: str, card: CardId) -> None:
    """The contact is a member from now on, if it was none. Raises NotFound (404: group or contact)."""
    groups, found = await _found(ctx, group)
    if str(card) not in groups.said:
        raise NotFound
    if str(card) not in found.members:
        await change(ctx, group, members=(*found.members, str(card)))


async def remove(ctx: Context, group: str, card: CardId) -> None:
    """The contact, or who it was before it was deleted, is no member from now on. Raises NotFound (404)."""
    groups, found = await _found(ctx, group)
    if str(card) in found.members:
        if found.source == "keyword":
            await keywords.take(ctx, found.name, [str(card)])
        else:
            left = [member for member in found.members if member != str(card)]
            await group_cards.change(ctx, groups, found, found.name, left)
        await _note(ctx, "group.changed", found)
    elif str(card) not in groups.said and await group_cards.forget(ctx, groups, found, card):
        await _note(ctx, "group.changed", found)


async def _found(ctx: Context, group: str, tags: Sequence[str] = ()) -> tuple[Groups, Group]:
    groups = await standing(ctx)
    found = groups.get(group)
    if found is None:
        ids.card_id(group)
        raise NotFound
    if tags and "*" not in tags and not _fits(found, tags):
        raise StaleRevision("Look at the current group and try again.", current=found)
    return groups, found


def _fits(found: Group, tags: Sequence[str]) -> bool:
    """Whether one of the tags is the group's; of a card also one without, or with another, suffix of its members."""
    place = found.etag.partition("-")[0].rstrip('"')
    return any(tag == found.etag or tag.partition("-")[0].rstrip('"') == place for tag in tags)


def _chosen(groups: Groups, members: Sequence[str]) -> list[str]:
    for at, card in enumerate(members):
        if card not in groups.said:
            raise Unprocessable(f"$.members[{at}]: no contact has this id")
    return list(dict.fromkeys(members))


def _called(name: str) -> str:
    called = name.strip()
    if not called or any(ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 for sign in called):
        raise Unprocessable("$.name: at least one letter, no control characters")
    return called


async def _note(ctx: Context, act: str, group: Group) -> None:
    await ctx.note(act, object_kind="group", object_id=group.id, n=len(group.members))
