"""Drafts of cards on their way into rows: numbered, sealed, written, matched; for every story that writes cards."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from contact_service.actions import keyword_groups, match_writes, photos
from contact_service.actions.context import Context
from contact_service.actions.keyword_groups import Landed
from contact_service.formats import vcard
from contact_service.model.card import Card
from contact_service.model.identifier import Identifier
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.merge import Conflict
from contact_service.model.problem import Overloaded
from contact_service.model.revision import Cause
from contact_service.storage import books, cards, matches, owners
from contact_service.storage.books import LeftName
from contact_service.storage.cards import By, SealedCard
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads

SLICE = 200
"""Cards sealed, or put into rows, between two turns of the event loop."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A card to be written over revision `base` (0: a new card). `identifiers` is what it will be found by, `held` what
    it was found by, None where that is not at hand; `name` its DAV resource name, where that is not its id.
    """

    id: CardId
    card: Card
    uid: str
    identifiers: tuple[Identifier, ...]
    base: int = 0
    cause: Cause = Cause.CREATED
    book: BookId = DEFAULT_BOOK
    name: str | None = None
    held: tuple[Identifier, ...] | None = None


class Gone(msgspec.Struct, frozen=True, gc=False):
    """A card to be buried, and the book it lies in."""

    id: CardId
    book: BookId = DEFAULT_BOOK


class Left(msgspec.Struct, frozen=True, gc=False):
    """A resource name that a card had in a book and has there no more."""

    card: CardId
    book: BookId
    name: str


class Numbers(NamedTuple):
    """The block of numbers that a write was given in the feed; `last` is the owner's version after it."""

    first: int
    last: int


class Written(msgspec.Struct, frozen=True):
    """A card as it stands after the write; `body` is spelled as it is answered; `conflicts` are those of its merge."""

    id: CardId
    etag: str
    body: bytes
    created: bool = False
    conflicts: tuple[Conflict, ...] = ()


def uid_key(ctx: Context, uid: str) -> bytes:
    """The keyed hash a uid is known by at rest."""
    return ctx.key.mac(uid.encode())


def name_key(ctx: Context, name: str | None) -> bytes | None:
    """The keyed hash a DAV resource name is known by at rest; None for a card named by its id."""
    return ctx.key.mac(b"name:" + name.encode()) if name is not None else None


def by(ctx: Context, *, by_hand: bool) -> By:
    """Who writes now, as it rests beside each row."""
    return By(heads.seal_device(ctx.key, ctx.device), ctx.now, by_hand)


async def seal(ctx: Context, drafts: Sequence[Draft], first_version: int) -> list[SealedCard]:
    """The drafts as rows, numbered from `first_version` on; in slices, so that others are served meanwhile."""
    rows: list[SealedCard] = []
    for start in range(0, len(drafts), SLICE):
        rows += _seal(ctx, drafts[start : start + SLICE], first_version + start)
        await asyncio.sleep(0)
    return rows


def _seal(ctx: Context, drafts: Sequence[Draft], first_version: int) -> list[SealedCard]:
    bodies = sealed_cards.seal_many(ctx.key, [(d.id, d.base + 1, d.card) for d in drafts])
    tops = heads.seal_many(ctx.key, [(d.id, d.base + 1, d.uid, d.name) for d in drafts])
    return [
        SealedCard(
            draft.id,
            version,
            body,
            head,
            uid_key(ctx, draft.uid),
            draft.base,
            draft.cause,
            photos.blob_ids(draft.card),
            name_key(ctx, draft.name),
            draft.book,
            vcard.version(draft.card.lines) if draft.card.lines else None,
        )
        for version, (draft, body, head) in enumerate(
            zip(drafts, bodies, tops, strict=True), first_version
        )
    ]


async def store(
    ctx: Context,
    new: Sequence[Draft],
    changed: Sequence[Draft],
    gone: Sequence[Gone],
    *,
    by_hand: bool,
    revived: int = 0,
    left: Sequence[Left] = (),
) -> Numbers:
    """Write tombstones, new cards, new bodies and names that cards leave as one block of numbers, with their matches.

    Returns the numbers given: `gone` have first, first + 1 …, then `new`, `changed`, `left`, rows of keyword groups;
    of `changed`, `revived` were tombstones. Raises Overloaded (503) when a row is not at the revision it was read at,
    which the locked owner row rules out.
    """
    first = ctx.head.version + 1
    who = by(ctx, by_hand=by_hand)
    touched = [g.book for g in gone] + [d.book for d in (*new, *changed)] + [n.book for n in left]
    if ctx.head.keyword_groups:
        after: dict[CardId, Landed | None] = {g.id: None for g in gone}
        after |= {d.id: Landed(d.book, d.card.json) for d in (*new, *changed)}
        touched += await keyword_groups.follow(ctx, after, first + len(touched))
    ids = [g.id for g in gone]
    was = await match_writes.before(ctx, [*new, *changed], ids)
    # Buried first: a uid or name that goes may be another card's in the same block.
    if gone:
        await cards.bury(ctx.tx, ids, list(range(first, first + len(gone))), who)
        await matches.drop_cards(ctx.tx, ids)
    for book, drafts, start in _pieces(new, first + len(gone)):
        await cards.add(ctx.tx, await seal(ctx, drafts, start), who, book)
    if changed:
        rows = await seal(ctx, changed, first + len(gone) + len(new))
        if not await cards.replace(ctx.tx, rows, who):
            raise Overloaded
    last = ctx.head.version + len(touched)
    if was is not None:
        await match_writes.relate(ctx, was, [*new, *changed], ids, by_hand=by_hand, last=last)
    start = first + len(gone) + len(new) + len(changed)
    for version, name in enumerate(left, start):
        sealed = heads.seal_name(ctx.key, name.card, version, name.name)
        await books.leave_name(ctx.tx, LeftName(name.book, version, name.card, sealed), ctx.now)
    places = {book: version for version, book in enumerate(touched, first)}
    await owners.advance(
        ctx.tx, ctx.head.version, last, live=len(new) + revived - len(gone), books=places
    )
    return Numbers(first, last)


def _pieces(drafts: Sequence[Draft], first: int) -> Iterable[tuple[BookId, Sequence[Draft], int]]:
    """(book, so many of its drafts as are put into rows at once, the first one's number). Only one story writes new
    cards of several books at once, and it sorts them.
    """
    start = 0
    for at, draft in enumerate(drafts, 1):
        is_end = at == len(drafts) or drafts[at].book != draft.book
        if is_end or at - start == SLICE:
            yield draft.book, drafts[start:at], first + start
            start = at
