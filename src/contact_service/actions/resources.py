"""Cards as CardDAV resources: named places in books, whole vCards in and out, never merged behind a client's back.

RFC 6352 6.3.2; sync.md 3 and 7. A stale PUT is refused, and what it said is kept in the history: some clients drop
their edit then.
"""

import contextlib
from uuid import UUID

import msgspec

from contact_service.actions import faces, history, keyword_places, photos, shelf, writing
from contact_service.actions.conditions import Conditions, Fate, Stored
from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.actions.listing import SUFFIX
from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import projection
from contact_service.model.card import Card
from contact_service.model.dav_problem import NoParent, NotOneCard, WrongUid
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.owner import etag
from contact_service.model.problem import NotFound, TooLarge, UidTaken, UnsupportedFormat
from contact_service.storage import cards
from contact_service.storage.cards import CardRow
from contact_service.vault import cards as sealed_cards


class Place(msgspec.Struct, frozen=True):
    """Where a resource is said to lie: its book by the name in URLs, and its own name."""

    book_name: str
    name: str


class At(msgspec.Struct, frozen=True):
    """Where a resource lies."""

    book: BookId
    name: str


async def at(ctx: Context, place: Place) -> At:
    """The place in this transaction. Raises NoParent (409): there is no such book."""
    book = shelf.book_id(ctx.key, place.book_name)
    # The default book is always there, and most writes go to it: it is not looked for.
    if book != DEFAULT_BOOK and book not in await shelf.read(ctx.tx, ctx.key):
        raise NoParent
    return At(book, place.name)


async def find(ctx: Context, place: At) -> CardRow | None:
    """The live card of that name. A card that was given none goes by its id."""
    key = writing.name_key(ctx, place.name)
    assert key is not None, "a place has a name"
    card = await cards.by_name(ctx.tx, place.book, key)
    if card is None:
        card = _by_id(place.name)
        row = await cards.get(ctx.tx, card) if card is not None else None
        if row is None or row.name_key is not None or row.book != place.book:
            return None
    else:
        row = await cards.get(ctx.tx, card)
    return row if row is not None and row.sealed is not None else None


def _by_id(name: str) -> CardId | None:
    try:
        found = UUID(name.removesuffix(SUFFIX))
    except ValueError:
        return None
    return CardId(found) if f"{found}{SUFFIX}" == name else None


async def put(
    ctx: Context,
    place: Place,
    raw: bytes,
    conditions: Conditions,
    *,
    shown: str | None = None,
    grouped: bool = False,
) -> Stored:
    """Keep a vCard under that name; `shown`: the version of vCard the device is always shown; `grouped`: it is shown
    keywords as group cards.

    Raises NotOneCard (403), UidTaken (409: another card holds the uid), WrongUid (409: the card that stands has
    another), NoParent (409), TooLarge (413), BookFull (422).
    """
    sent = _one(raw)
    where = await at(ctx, place)
    row = await find(ctx, where)
    if row is None and grouped:
        word = await keyword_places.find(ctx, where.book, where.name)
        if word is not None:
            return Stored(await keyword_places.put(ctx, word, sent, conditions))
    standing = etag(ctx.head.epoch, row.version) if row is not None else None
    if not conditions.hold(standing):
        if row is not None:
            await _refuse(ctx, row, sent)
        return Stored(Fate.STALE)
    if row is None:
        desk, card = await _create(ctx, where, sent)
    else:
        desk, card = await _change(ctx, row, sent)
    versions, now = await desk.write()
    if now != ctx.head.version:
        act = "contact.created" if row is None else "contact.changed"
        await ctx.note(act, object_kind="contact", object_id=str(card))
    content = desk.last(card)
    own = vcard.version(content.lines)
    exact = faces.version(own, shown) == own and await photos.whole(ctx, content) == raw
    tag = etag(ctx.head.epoch, versions[card]) if exact else None
    return Stored(Fate.CREATED if row is None else Fate.CHANGED, tag)


def _one(raw: bytes) -> bytes:
    """The one vCard of a body. Raises NotOneCard (403)."""
    try:
        records = vcard.split(raw)
    except UnsupportedFormat:
        records = []
    if len(records) != 1:
        raise NotOneCard("one vCard a resource")
    if records[0].reason in vcard.BOUNDS:
        raise TooLarge(*vcard.BOUNDS[records[0].reason])
    if records[0].raw is None:
        raise NotOneCard(records[0].reason or "broken")
    return records[0].raw


async def _refuse(ctx: Context, row: CardRow, sent: bytes) -> None:
    """Keep what came too late in the card's history. A card of another uid is none of its revisions: not kept."""
    with contextlib.suppress(WrongUid):
        await history.refuse(ctx, row.card, await _content(ctx, row, sent))


async def _create(ctx: Context, place: At, sent: bytes) -> tuple[Desk, CardId]:
    fresh = CardId(ctx.new_id())
    content, fields = vcard.read(sent, f"urn:uuid:{fresh}")
    content = await photos.absorbed(ctx, content)
    desk = Desk(ctx, place.book)
    await desk.lay([], [fields.uid or ""])
    holder = desk.holder(fields.uid or "")
    if holder is not None:
        raise UidTaken(str(holder))
    desk.create(content, fields, fresh, place.name)
    return desk, fresh


async def _change(ctx: Context, row: CardRow, sent: bytes) -> tuple[Desk, CardId]:
    desk = Desk(ctx, row.book)
    await desk.lay([row.card], [])
    desk.put(row.card, await _content(ctx, row, sent))
    return desk, row.card


async def _content(ctx: Context, row: CardRow, sent: bytes) -> Card:
    """What was sent over what stands: an edit of a projection is carried into the stored lines; what a vCard cannot
    say stays. Raises WrongUid (409).
    """
    standing = sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed or b"")
    uid = jscontact.fields(standing.json).uid or ""
    lines = sent
    shown = vcard.version(sent)
    if standing.lines and vcard.version(standing.lines) != shown:
        stored = await photos.whole(ctx, standing)
        lines = projection.apply_edit(stored, shown, sent)
    content, fields = vcard.read(lines, uid)
    if fields.uid != uid:
        raise WrongUid(str(row.card))
    return projection.carry(standing, await photos.absorbed(ctx, content))


async def delete(
    ctx: Context, place: Place, conditions: Conditions, *, grouped: bool = False
) -> Fate:
    """The card goes to the trash. Raises NotFound (404), NoParent (409)."""
    where = await at(ctx, place)
    row = await find(ctx, where)
    if row is None:
        word = await keyword_places.find(ctx, where.book, where.name) if grouped else None
        if word is None:
            raise NotFound
        return await keyword_places.delete(ctx, word, conditions)
    if not conditions.hold(etag(ctx.head.epoch, row.version)):
        return Fate.STALE
    desk = Desk(ctx, row.book)
    await desk.lay([row.card], [])
    desk.delete(row.card)
    await desk.write()
    await ctx.note("contact.deleted", object_kind="contact", object_id=str(row.card))
    return Fate.CHANGED
