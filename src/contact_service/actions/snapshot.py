"""The snapshot: an owner's whole book in memory, opened and encoded, valid for exactly one owner version.

Cards are kept as the bytes they are shown in: a page or a delta joins them, nothing is encoded twice. A newer snapshot
is the older one with the changed rows put in, so that a write costs by what it changed, not by the size of the book.
"""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter, itemgetter
from types import MappingProxyType

import msgspec

from contact_service.formats import jscontact, membership
from contact_service.matching import identifiers, search, search_entries
from contact_service.matching.phones import Memo
from contact_service.matching.search_entries import Entry
from contact_service.model.book import Book
from contact_service.model.group import Groups
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.owner import Head, etag
from contact_service.storage.cards import FeedRow
from contact_service.vault import cards as sealed_cards
from contact_service.vault.sealing import DataKey

LARGE = 2_000
"""Cards from which on an index is built off the event loop."""
SLICE = 200
"""Rows opened before other requests get their turn."""
NO_BOOKS: Mapping[BookId, Book] = MappingProxyType({DEFAULT_BOOK: Book()})
INDEX_BYTES = 1_200
"""What the name index holds of a card."""
GROUPS_BYTES = 600
"""What the groups hold of a card: its uid in two maps, its keywords."""


class Shown(msgspec.Struct, frozen=True, gc=False):
    """A live card as it is shown: `body` is the JSON with id and etag spliced in; `book` is its book's id."""

    id: str
    version: int
    updated_at: datetime
    body: bytes
    book: str = DEFAULT_BOOK


_id, _version, _first = attrgetter("id"), attrgetter("version"), itemgetter(0)


class Snapshot:
    """An owner's book at one version; read-only, but for the search index, groups and pages made on first use.

    `cards` are by id; `gone` are (version, id) of tombstones, oldest first; tokens from below
    `head.feed_floor` are expired.
    """

    __slots__ = (
        "_body_bytes",
        "_by_id",
        "_dead",
        "_fed",
        "_groups",
        "_index",
        "_older_groups",
        "books",
        "cards",
        "gone",
        "head",
        "pages",
    )

    def __init__(self, head: Head, books: Mapping[BookId, Book] = NO_BOOKS) -> None:
        """An empty book: see `build`."""
        self.head = head
        self.books = books
        self.pages: dict[tuple[str, int], bytes] = {}
        self.cards: list[Shown] = []
        self.gone: list[tuple[int, str]] = []
        self._by_id: dict[str, Shown] = {}
        self._dead: dict[str, int] = {}
        self._fed: list[Shown] = []
        self._index: search.Index | None = None
        self._groups: Groups | None = None
        self._older_groups: tuple[Groups, int] | None = None
        self._body_bytes = 0

    def copied(self, head: Head, books: Mapping[BookId, Book]) -> "Snapshot":
        """The same book under another head, ready to be changed by `build`."""
        copy = Snapshot(head, books)
        copy.cards = self.cards.copy()
        copy.gone = self.gone.copy()
        copy._by_id = self._by_id.copy()
        copy._dead = self._dead.copy()
        copy._fed = self._fed.copy()
        copy._index = self._index
        copy._older_groups = self._older_groups
        if self._groups is not None:
            copy._older_groups = (self._groups, self.head.version)
        copy._body_bytes = self._body_bytes
        return copy

    @property
    def size_bytes(self) -> int:
        """What it holds: bodies, 400 bytes of objects around each, tombstones, pages, index and groups if made."""
        indexed = INDEX_BYTES if self._index is not None else 0
        indexed += GROUPS_BYTES if self._groups is not None or self._older_groups else 0
        pages = sum(map(len, self.pages.values()))
        cards = self._body_bytes + (400 + indexed) * len(self.cards)
        return 2_000 + cards + 150 * len(self.gone) + pages

    def get(self, card: str) -> Shown | None:
        """The live card of that id."""
        return self._by_id.get(card)

    def after(self, card: str, limit: int) -> list[Shown]:
        """Up to `limit` live cards whose ids follow `card` ("" = from the start), by id."""
        start = bisect_right(self.cards, card, key=_id) if card else 0
        return self.cards[start : start + limit]

    def changed(self, since: int) -> list[Shown]:
        """The live cards numbered after `since`, oldest change first."""
        return self._fed[bisect_right(self._fed, since, key=_version) :]

    def removed(self, since: int) -> list[tuple[int, str]]:
        """(version, id) of the tombstones numbered after `since`, oldest first."""
        return self.gone[bisect_right(self.gone, since, key=_first) :]

    async def index(self) -> search.Index:
        """The name index, built on the first search; of a large book in a thread, so that others are served."""
        if self._index is None:
            if len(self.cards) > LARGE:
                self._index = await asyncio.to_thread(self._indexed)
            else:
                self._index = self._indexed()
        return self._index

    async def groups(self, naming: Callable[[str], str]) -> Groups:
        """The groups, made on first use from those of the older snapshot; of a large book in a thread. `naming`: see
        Groups.
        """
        if self._groups is None:
            older, since = self._older_groups or (Groups(self.head.epoch, naming), 0)
            changed = self.changed(since)
            if len(changed) > LARGE:
                self._groups = await asyncio.to_thread(self._grouped, older, since, changed)
            else:
                self._groups = self._grouped(older, since, changed)
            self._older_groups = None
        return self._groups

    def _grouped(self, older: Groups, since: int, changed: Iterable[Shown]) -> Groups:
        said = (membership.said(card.id, card.version, card.book, card.body) for card in changed)
        return older.updated(said, [card for _, card in self.removed(since)])

    def _indexed(self) -> search.Index:
        return search.Index.build(_entries(self.cards), self._entry)

    def _entry(self, card: str) -> Entry:
        return next(iter(_entries([self._by_id[card]])))

    def put(self, card: Shown) -> None:
        """Put a changed card in its places. Its version is above all that are here. Only `build` calls this."""
        before = self._by_id.get(card.id)
        if before is not None:
            self._take(before)
        self._rise(card.id)
        self._by_id[card.id] = card
        self._fed.append(card)
        self._body_bytes += len(card.body)
        if not self.cards or card.id > self.cards[-1].id:
            self.cards.append(card)
        else:
            self.cards.insert(bisect_left(self.cards, card.id, key=_id), card)

    def bury(self, card: str, version: int) -> None:
        """Put a tombstone in a card's place. Only `build` calls this."""
        before = self._by_id.pop(card, None)
        if before is not None:
            self._take(before)
        self._rise(card)
        self._dead[card] = version
        self.gone.append((version, card))

    def _rise(self, card: str) -> None:
        """An older tombstone of the card is told no more: what it is now has its own place in the feed."""
        died = self._dead.pop(card, None)
        if died is not None:
            del self.gone[bisect_left(self.gone, died, key=_first)]

    def _take(self, card: Shown) -> None:
        del self._fed[bisect_left(self._fed, card.version, key=_version)]
        del self.cards[bisect_left(self.cards, card.id, key=_id)]
        self._body_bytes -= len(card.body)

    def reindex(self, since: int) -> None:
        """Bring the name index of the older snapshot, at version `since`, up to date. Only `build` calls this."""
        if self._index is not None:
            gone = [card for _, card in self.removed(since)]
            changed = list(_entries(self.changed(since)))
            self._index = self._index.updated(changed, gone, self._entry)


async def build(
    key: DataKey,
    head: Head,
    feed: AsyncIterable[list[FeedRow]],
    older: Snapshot | None,
    books: Mapping[BookId, Book],
) -> Snapshot:
    """The snapshot at `head` from the rows after `older`'s version (all rows when there is no older one), by version.

    Opens in slices and yields between them: a book of 50,000 must not stop the loop for other owners.
    Raises IntegrityBroken (500) when a row does not open.
    """
    built = older.copied(head, books) if older else Snapshot(head, books)
    members = {book.id: jscontact.book_member(book.name) for book in books.values()}
    async for rows in feed:
        for start in range(0, len(rows), SLICE):
            for row in rows[start : start + SLICE]:
                if row.deleted:
                    built.bury(str(row.card), row.version)
                else:
                    built.put(_show(key, head.epoch, row, members))
            await asyncio.sleep(0)
    if older is not None:
        built.reindex(older.head.version)
    return built


def _show(key: DataKey, epoch: int, row: FeedRow, members: Mapping[BookId, bytes]) -> Shown:
    card = sealed_cards.open_(key, CardId(row.card), row.rev, row.sealed or b"")
    member = members.get(BookId(row.book), jscontact.DEFAULT_MEMBER)
    shown = jscontact.render(card.json, str(row.card), etag(epoch, row.version), member)
    return Shown(str(row.card), row.version, row.updated_at, shown, row.book)


def _entries(shown: Iterable[Shown]) -> Iterator[Entry]:
    """What search knows of these cards: also how their numbers read with country codes."""
    memo = Memo()
    for card in shown:
        view = jscontact.fields(card.body)
        yield search_entries.entry(card.id, view, identifiers.of(view, None, memo))
