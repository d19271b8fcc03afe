"""The listing: where each card of an owner lies (book, resource name, number), valid for exactly one owner version.

What CardDAV is asked most (is there something new, what changed, what is there) is answered from it: no body is opened.
"""

from bisect import bisect_right
from collections.abc import AsyncIterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from contact_service.actions.layered import Layered
from contact_service.model.book import Book
from contact_service.model.ids import BookId, CardId
from contact_service.model.owner import Head
from contact_service.storage.books import LeftName
from contact_service.storage.cards import PlaceRow
from contact_service.storage.keyword_groups import KeywordRow
from contact_service.vault import heads
from contact_service.vault.sealing import DataKey

SUFFIX = ".vcf"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A live card in a book. `lines`: the version of its vCard lines, None where it was made as JSON."""

    name: str
    card: CardId
    version: int
    updated_at: datetime
    lines: str | None


class Shelved:
    """One book of a listing: its entries by name, in the order of their last change, and the names that went."""

    __slots__ = ("_fed", "_names", "gone")

    def __init__(self) -> None:
        self._names: Layered[str, Entry] = Layered()
        self._fed: list[Entry] = []
        self.gone: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._names)

    def copied(self) -> "Shelved":
        """The same, ready to be changed."""
        copy = Shelved()
        copy._names, copy._fed, copy.gone = self._names.copied(), self._fed.copy(), self.gone.copy()
        return copy

    def get(self, name: str) -> Entry | None:
        """The live card of that name."""
        return self._names.get(name)

    def changed(self, since: int) -> list[Entry]:
        """The live cards numbered after `since`, oldest change first."""
        return self._fed[bisect_right(self._fed, since, key=_version) :]

    def removed(self, since: int) -> list[tuple[int, str]]:
        """(number, name) of the names that went after `since` and are no card's now, oldest first."""
        start = bisect_right(self.gone, since, key=_first)
        latest = {name: number for number, name in self.gone[start:] if name not in self._names}
        return [(number, name) for name, number in sorted(latest.items(), key=_second)]

    def put(self, entry: Entry) -> None:
        """A card came or changed; its number is above all that are here."""
        self._names.put(entry.name, entry)
        self._fed.append(entry)

    def take(self, entry: Entry) -> None:
        """A card leaves its place."""
        if self._names.get(entry.name) is entry:
            self._names.pop(entry.name)
        at = bisect_right(self._fed, entry.version - 1, key=_version)
        del self._fed[at]

    def leave(self, number: int, name: str) -> None:
        """A name is no more."""
        self.gone.append((number, name))


def _version(entry: Entry) -> int:
    return entry.version


def _first(row: tuple[int, str]) -> int:
    return row[0]


def _second(row: tuple[str, int]) -> int:
    return row[1]


class Shelf(Protocol):
    """What a device is shown of a book."""

    def get(self, name: str) -> Entry | None:
        """The live resource of that name."""
        ...

    def changed(self, since: int) -> list[Entry]:
        """The live resources numbered after `since`, oldest change first."""
        ...

    def removed(self, since: int) -> list[tuple[int, str]]:
        """(number, name) of those that went after `since`, oldest first."""
        ...


class Joined:
    """The cards of a book and its keywords as group cards, for devices that asked for them."""

    __slots__ = ("_cards", "_words")

    def __init__(self, cards: Shelved, words: Shelved) -> None:
        self._cards = cards
        self._words = words

    def get(self, name: str) -> Entry | None:
        """The live resource of that name: a card goes before a keyword."""
        return self._cards.get(name) or self._words.get(name)

    def changed(self, since: int) -> list[Entry]:
        """The live resources numbered after `since`, oldest change first."""
        return sorted([*self._cards.changed(since), *self._words.changed(since)], key=_version)

    def removed(self, since: int) -> list[tuple[int, str]]:
        """(number, name) of those that went after `since`, oldest first."""
        return sorted([*self._cards.removed(since), *self._words.removed(since)])


class Listing:
    """All books of an owner. `places` has every card's book and entry; `words` the book and the keyword of each row
    that stands for one, by the row's id.
    """

    __slots__ = ("_grouped", "_shelves", "books", "head", "places", "words")

    def __init__(self, head: Head, books: Mapping[BookId, Book]) -> None:
        """Empty: see `build`."""
        self.head = head
        self.books = books
        self.places: Layered[CardId, tuple[BookId, Entry]] = Layered()
        self.words: dict[CardId, tuple[BookId, str]] = {}
        self._shelves: dict[BookId, Shelved] = {}
        self._grouped: dict[BookId, Shelved] = {}

    def copied(self, head: Head, books: Mapping[BookId, Book]) -> "Listing":
        """The same under another head, ready to be changed by `build`."""
        copy = Listing(head, books)
        copy.places = self.places.copied()
        copy.words = self.words.copy()
        copy._shelves = {book: shelved.copied() for book, shelved in self._shelves.items()}
        copy._grouped = {book: shelved.copied() for book, shelved in self._grouped.items()}
        return copy

    @property
    def size_bytes(self) -> int:
        """What it holds: about 450 bytes a card, 120 a name that went."""
        gone = sum(len(shelved.gone) for shelved in self._shelves.values())
        return 2_000 + 450 * len(self.places) + 120 * gone

    def shelved(self, book: BookId) -> Shelved:
        """The book's entries; an empty one where nothing ever lay."""
        found = self._shelves.get(book)
        if found is None:
            found = self._shelves[book] = Shelved()
        return found

    def joined(self, book: BookId) -> Joined:
        """The book's entries, and its keywords as entries."""
        return Joined(self.shelved(book), self._grouped.get(book) or Shelved())

    def put_word(self, row: KeywordRow, word: str) -> None:
        """A keyword's row. Only `build` calls this."""
        group, name = CardId(row.group), f"{row.group}{SUFFIX}"
        shelved = self._grouped.setdefault(row.book, Shelved())
        before = shelved.get(name)
        if before is not None:
            shelved.take(before)
        if row.live:
            shelved.put(Entry(name, group, row.version, row.at, None))
        else:
            shelved.leave(row.version, name)
        self.words[group] = row.book, word

    def put(self, row: PlaceRow, name: str) -> None:
        """A row of the feed. Only `build` calls this."""
        before = self.places.pop(row.card)
        if before is not None:
            self.shelved(before[0]).take(before[1])
        if row.deleted:
            self.shelved(row.book).leave(row.version, name)
            return
        entry = Entry(name, row.card, row.version, row.updated_at, row.lines)
        self.places.put(row.card, (row.book, entry))
        self.shelved(row.book).put(entry)


async def build(
    key: DataKey,
    head: Head,
    feed: AsyncIterable[list[PlaceRow]],
    left: list[LeftName],
    older: Listing | None,
    books: Mapping[BookId, Book],
    words: Sequence[KeywordRow] = (),
) -> Listing:
    """The listing at `head` from the rows, left names and keywords after `older`'s version (all, when there is none).

    Raises IntegrityBroken (500) when a name does not open.
    """
    built = older.copied(head, books) if older else Listing(head, books)
    async for rows in feed:
        for row in rows:
            built.put(row, _name(key, row))
    for word in sorted(words, key=lambda row: row.version):
        built.put_word(word, heads.open_keyword(key, word.keyword_key, word.sealed))
    for one in left:
        name = heads.open_name(key, one.card, one.version, one.sealed)
        built.shelved(one.book).leave(one.version, name)
    if left:
        for book in {one.book for one in left}:
            built.shelved(book).gone.sort()
    return built


def _name(key: DataKey, row: PlaceRow) -> str:
    name = None
    if row.head is not None:
        _, name = heads.open_(key, row.card, row.rev, row.head)
    return name if name is not None else f"{row.card}{SUFFIX}"
