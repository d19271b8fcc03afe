"""COPY and MOVE of cards between names and books (RFC 4918 9.8, 9.9). A moved card keeps its id and its history."""

from contact_service.actions import match, resources, writing
from contact_service.actions.conditions import Conditions, Fate
from contact_service.actions.context import Context
from contact_service.actions.resources import At, Place, find
from contact_service.actions.writing import Draft, Gone, Left
from contact_service.formats import jscontact
from contact_service.matching import identifiers, phones
from contact_service.model.ids import CardId
from contact_service.model.owner import etag
from contact_service.model.problem import NotFound, UidTaken
from contact_service.model.revision import Cause
from contact_service.storage import cards
from contact_service.storage.cards import CardRow
from contact_service.vault import cards as sealed_cards


async def move(
    ctx: Context, place: Place, to: Place, conditions: Conditions, *, overwrite: bool
) -> Fate:
    """The card gets another name, or lies in another book; its old name is told as gone. STALE when a condition fails
    or something is there that may not be overwritten. Raises NotFound (404), NoParent (409), UidTaken (409).
    """
    at, target, row, there = await _both(ctx, place, to)
    if not _may(ctx, row, there, conditions, overwrite=overwrite):
        return Fate.STALE
    if there is not None and there.card == row.card:
        return Fate.CHANGED
    await _uid_is_free(ctx, row, target, but={row.card, *_card(there)})
    moved = await _draft(ctx, row, target, row.card, row.rev, Cause.MOVED)
    left = Left(row.card, at.book, at.name)
    await writing.store(ctx, [], [moved], _gone(there), by_hand=True, left=[left])
    await ctx.note("contact.moved", object_kind="contact", object_id=str(row.card))
    return Fate.CREATED if there is None else Fate.CHANGED


async def copy(
    ctx: Context, place: Place, to: Place, conditions: Conditions, *, overwrite: bool
) -> Fate:
    """A second card of the same content in another book: within one a uid is one card's. Else as `move`."""
    _, target, row, there = await _both(ctx, place, to)
    if not _may(ctx, row, there, conditions, overwrite=overwrite):
        return Fate.STALE
    if there is not None and there.card == row.card:
        return Fate.CHANGED
    await _uid_is_free(ctx, row, target, but=set(_card(there)))
    fresh = CardId(ctx.new_id())
    made = await _draft(ctx, row, target, fresh, 0, Cause.CREATED)
    await writing.store(ctx, [made], [], _gone(there), by_hand=True)
    await ctx.note("contact.created", object_kind="contact", object_id=str(fresh))
    return Fate.CREATED if there is None else Fate.CHANGED


async def _both(ctx: Context, place: Place, to: Place) -> tuple[At, At, CardRow, CardRow | None]:
    """Both places, the card at the first, and the one at the second."""
    at = await resources.at(ctx, place)
    row = await find(ctx, at)
    if row is None:
        raise NotFound
    target = await resources.at(ctx, to)
    return at, target, row, await find(ctx, target)


def _may(
    ctx: Context, row: CardRow, there: CardRow | None, conditions: Conditions, *, overwrite: bool
) -> bool:
    return conditions.hold(etag(ctx.head.epoch, row.version)) and (there is None or overwrite)


async def _uid_is_free(ctx: Context, row: CardRow, to: At, but: set[CardId]) -> None:
    holder = (await cards.by_uid(ctx.tx, [row.uid_key], to.book)).get(row.uid_key)
    if holder is not None and holder not in but:
        raise UidTaken(str(holder))


async def _draft(
    ctx: Context, row: CardRow, to: At, card: CardId, base: int, cause: Cause
) -> Draft:
    content = sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed or b"")
    view = jscontact.fields(content.json)
    held = identifiers.of(view, await match.region(ctx), phones.Memo())
    return Draft(card, content, view.uid or "", held, base, cause, to.book, to.name)


def _card(there: CardRow | None) -> list[CardId]:
    return [there.card] if there is not None else []


def _gone(there: CardRow | None) -> list[Gone]:
    return [Gone(there.card, there.book)] if there is not None else []
