"""The whole book, or some of it, as it was at a moment: put back by ordinary writes, so every device just syncs on."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from contact_service.actions import match, shelf, writing
from contact_service.actions.context import Context
from contact_service.actions.desk import MAX_CARDS, Desk
from contact_service.actions.history import held_since
from contact_service.actions.listing import SUFFIX
from contact_service.actions.sheet import same
from contact_service.actions.writing import Draft, Gone, Left
from contact_service.formats import jscontact
from contact_service.matching import identifiers, phones
from contact_service.model.book import Book
from contact_service.model.card import Card
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.problem import BookFull, InvalidParameter
from contact_service.model.revision import Cause
from contact_service.storage import cards, revisions
from contact_service.storage.cards import CardRow
from contact_service.storage.revisions import Revision
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads


class Rewound(msgspec.Struct, frozen=True):
    """How many contacts came back or were put back, how many went, and the owner's version after it."""

    restored: int
    removed: int
    version: int


async def to(ctx: Context, at: datetime, only: Collection[CardId] | None = None) -> Rewound:
    """Put the contacts (`only` these, else all) back to what they were at `at`; those that were not there then go to
    the trash. Raises InvalidParameter (422): a moment to come, or before what is held; BookFull (422).
    """
    if at > ctx.now:
        raise InvalidParameter("at", "a moment that has passed")
    if at < held_since(ctx):
        raise InvalidParameter("at", "before what is held of the history")
    rows = [
        row for row in await cards.changed_since(ctx.tx, at) if only is None or row.card in only
    ]
    was = await revisions.current_at(ctx.tx, [row.card for row in rows], at)
    books = await shelf.read(ctx.tx, ctx.key)
    where = await match.region(ctx)
    maker = _Drafts(ctx, books, where)
    gone = [
        Gone(row.card, row.book)
        for row in rows
        if row.sealed is not None and _sealed(was.get(row.card)) is None
    ]
    changed = [
        draft
        for row in rows
        if _sealed(was.get(row.card)) is not None
        and (draft := await maker.draft(row, was[row.card])) is not None
    ]
    if ctx.head.live_cards + maker.revived - len(gone) > MAX_CARDS:
        raise BookFull(MAX_CARDS)
    version = ctx.head.version
    if gone or changed:
        given = await writing.store(
            ctx, [], changed, gone, by_hand=True, revived=maker.revived, left=maker.left
        )
        version = given.last
        n = len(gone) + len(changed)
        await ctx.note("contacts.restored", object_kind="contact", n=n)
    return Rewound(len(changed), len(gone), version)


def _sealed(revision: Revision | None) -> bytes | None:
    return revision.sealed if revision is not None else None


class _Drafts:
    """Makes the drafts of one rewinding; `revived` counts those that were deleted, `left` has the places of those that
    lie in another book than they did.
    """

    def __init__(self, ctx: Context, books: dict[BookId, Book], region: str | None) -> None:
        self.ctx = ctx
        self.books = books
        self.region = region
        self.memo = phones.Memo()
        self.revived = 0
        self.left: list[Left] = []

    async def draft(self, row: CardRow, was: Revision) -> Draft | None:
        """The card as it was; None when it says and lies the same now."""
        content = sealed_cards.open_(self.ctx.key, row.card, was.rev, was.sealed or b"")
        book = was.book if was.book in self.books else DEFAULT_BOOK
        if row.sealed is not None and row.book == book and self._stands(row, content):
            return None
        self.revived += row.sealed is None
        view = jscontact.fields(content.json)
        held = identifiers.of(view, self.region, self.memo)
        name = await self._name(row, book)
        if book != row.book:
            # Told even of a deleted one: a device may not have heard yet that it was gone.
            self.left.append(Left(row.card, row.book, self._named(row) or f"{row.card}{SUFFIX}"))
        return Draft(row.card, content, view.uid or "", held, row.rev, Cause.RESTORED, book, name)

    def _stands(self, row: CardRow, content: Card) -> bool:
        now = sealed_cards.open_(self.ctx.key, row.card, row.rev, row.sealed or b"")
        return now == content or (now.lines == content.lines and same(now.json, content.json))

    async def _name(self, row: CardRow, book: BookId) -> str | None:
        """The card's resource name, unless another live card took it meanwhile."""
        if row.name_key is None:
            return None
        if await cards.by_name(self.ctx.tx, book, row.name_key) not in {None, row.card}:
            return None
        return self._named(row)

    def _named(self, row: CardRow) -> str | None:
        if row.name_key is None or row.head is None:
            return None
        return heads.open_(self.ctx.key, row.card, row.rev, row.head)[1]


async def from_trash(ctx: Context, named: list[CardId]) -> Rewound:
    """Put deleted contacts back as they were last; those that are not deleted stay as they are.

    Raises NotFound (404), UidTaken (409), BookFull (422).
    """
    desk = Desk(ctx)
    await desk.lay(named, [], trashed=True)
    for card in dict.fromkeys(named):
        desk.restore(card, desk.last(card))
    _, version = await desk.write()
    restored = version - ctx.head.version
    if restored:
        await ctx.note("contacts.restored", object_kind="contact", n=restored)
    return Rewound(restored, 0, version)
