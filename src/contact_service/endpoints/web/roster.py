"""The roster: an owner's book as rows to show, sorted by name, with its groups and birthdays; made once a version.

A cache like the snapshot it is made of: valid for exactly one version (law 6), rows of unchanged cards are taken over.
"""

import asyncio
import hashlib
from collections.abc import Iterable

import msgspec
from cachetools import LRUCache

from contact_service.actions.snapshot import LARGE, Shown, Snapshot
from contact_service.endpoints.web import days, shown
from contact_service.endpoints.web.days import Day
from contact_service.formats import jscontact
from contact_service.matching import names
from contact_service.model.card import Fields
from contact_service.model.ids import OwnerId

MOST_ROWS = 200_000
"""Rows kept in memory for all owners together, about 600 bytes each."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """A contact in a list. `letter` is where it is filed, latinised, `#` for what has no letter."""

    id: str
    version: int
    sort: str
    name: str
    sub: str
    initials: str
    tone: int
    letter: str
    keywords: tuple[str, ...]
    birthday: Day | None


class Group(msgspec.Struct, frozen=True):
    """The contacts that share a keyword. `key` stands in addresses in place of the name (web.md: no names in a URL)."""

    key: str
    name: str
    rows: list[Row]


class Roster:
    """An owner's rows at one version, by name; `groups` by their key, the largest first; `dated` have a birthday."""

    __slots__ = ("_by_word", "by_id", "dated", "epoch", "groups", "rows", "version")

    def __init__(self, book: Snapshot, rows: Iterable[Row]) -> None:
        self.epoch = book.head.epoch
        self.version = book.head.version
        self.rows = sorted(rows, key=lambda row: (row.sort, row.id))
        self.by_id = {row.id: row for row in self.rows}
        self.dated = [(row.birthday, row) for row in self.rows if row.birthday is not None]
        self._by_word = _grouped(book.head.owner, self.rows)
        self.groups = {group.key: group for group in self._by_word.values()}

    def tags(self, row: Row) -> list[Group]:
        """The groups a row is in."""
        return [group for word in row.keywords if (group := self._by_word.get(word)) is not None]


class Rosters:
    """The rosters of the owners who look at their books now, bounded in rows."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._kept: LRUCache[OwnerId, Roster] = LRUCache(
            most_rows, getsizeof=lambda roster: len(roster.rows) + 1
        )

    async def of(self, book: Snapshot) -> Roster:
        """The roster of this snapshot; a large one is made in a thread, so that others are served meanwhile."""
        kept = self._kept.get(book.head.owner)
        if kept is not None and (kept.epoch, kept.version) == (book.head.epoch, book.head.version):
            return kept
        known = kept.by_id if kept is not None and kept.epoch == book.head.epoch else {}
        if len(book.cards) - len(known) > LARGE:
            made = await asyncio.to_thread(_make, book, known)
        else:
            made = _make(book, known)
        if len(made.rows) < self._kept.maxsize:
            self._kept[book.head.owner] = made
        return made


def _make(book: Snapshot, known: dict[str, Row]) -> Roster:
    rows = []
    for card in book.cards:
        row = known.get(card.id)
        if row is None or row.version != card.version:
            row = of_card(card)
        rows.append(row)
    return Roster(book, rows)


def of_card(card: Shown) -> Row:
    """A card's row."""
    fields = jscontact.fields(card.body)
    name = shown.plain(names.full_name(fields))
    sort = names.sort_key(fields)
    return Row(
        id=card.id,
        version=card.version,
        sort=sort,
        name=name or "No name",
        sub=under(fields, name),
        initials=shown.initials(name) or "·",
        tone=shown.tone(card.id),
        letter=sort[:1].upper() if sort[:1].isalpha() else "#",
        keywords=tuple(word for word, kept in (fields.keywords or {}).items() if kept),
        birthday=days.birthday(fields),
    )


def under(fields: Fields, name: str) -> str:
    """The line under a name: title and organisation, else a nickname, an address or a number that is not the name."""
    titles = [title.name for title in (fields.titles or {}).values()]
    orgs = [org.name or "" for org in (fields.organizations or {}).values()]
    candidates = (
        " · ".join(text for text in (shown.plain(t) for t in (*titles[:1], *orgs[:1])) if text),
        *(nick.name for nick in (fields.nicknames or {}).values()),
        *(mail.address for mail in (fields.emails or {}).values()),
        *(phone.number.removeprefix("tel:") for phone in (fields.phones or {}).values()),
    )
    return next((text for c in candidates if (text := shown.plain(c)) and text != name), "")


def _grouped(owner: OwnerId, rows: list[Row]) -> dict[str, Group]:
    held: dict[str, list[Row]] = {}
    for row in rows:
        for word in row.keywords:
            held.setdefault(word, []).append(row)
    ranked = sorted(held.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {word: Group(_key(owner, word), shown.plain(word) or "—", rows) for word, rows in ranked}


def _key(owner: OwnerId, word: str) -> str:
    # Keyed by the owner: the same word of two owners has two keys, so an address tells nothing about it.
    salt = hashlib.sha256(owner.encode()).digest()
    return hashlib.blake2b(word.encode(errors="replace"), key=salt, digest_size=8).hexdigest()
