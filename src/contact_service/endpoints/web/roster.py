"""The roster: an owner's people as rows to show, by name, with their groups and birthdays; made once a version.

A cache like the snapshot it is made of: valid for exactly one version (law 6), rows of unchanged cards are taken over.
"""

import asyncio
from collections.abc import Iterable

import msgspec
from cachetools import LRUCache

from contact_service.actions.snapshot import LARGE, Shown, Snapshot
from contact_service.endpoints.web import days, shown
from contact_service.endpoints.web.days import Day
from contact_service.formats import jscontact
from contact_service.matching import names
from contact_service.model import group as kinds
from contact_service.model.card import Fields
from contact_service.model.group import Groups
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
    birthday: Day | None


class Group(msgspec.Struct, frozen=True):
    """A group with those of its members that are here, by name. `key`, its id, stands in addresses in place of the name
    (web.md: no names in a URL); `away` counts members that are not here.
    """

    key: str
    name: str
    source: kinds.Source
    rows: list[Row]
    away: int


class Roster:
    """An owner's rows at one version, by name; `groups` by their key, the largest first; `dated` have a birthday."""

    __slots__ = ("_of", "by_id", "dated", "epoch", "groups", "rows", "version")

    def __init__(self, book: Snapshot, rows: Iterable[Row], groups: Groups) -> None:
        self.epoch = book.head.epoch
        self.version = book.head.version
        self.rows = sorted(rows, key=lambda row: (row.sort, row.id))
        self.by_id = {row.id: row for row in self.rows}
        self.dated = [(row.birthday, row) for row in self.rows if row.birthday is not None]
        found = [_group(group, self.by_id) for group in groups.after("")]
        found.sort(key=lambda group: (-len(group.rows), group.name))
        self.groups = {group.key: group for group in found}
        self._of: dict[str, list[Group]] = {}
        for group in found:
            for row in group.rows:
                self._of.setdefault(row.id, []).append(group)

    def tags(self, row: Row) -> list[Group]:
        """The groups a row is in."""
        return self._of.get(row.id, [])


class Rosters:
    """The rosters of the owners who look at their books now, bounded in rows."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._kept: LRUCache[OwnerId, Roster] = LRUCache(
            most_rows, getsizeof=lambda roster: len(roster.rows) + 1
        )

    async def of(self, book: Snapshot, groups: Groups) -> Roster:
        """The roster of this snapshot and its groups; a large one in a thread, so that others are served meanwhile."""
        kept = self._kept.get(book.head.owner)
        if kept is not None and (kept.epoch, kept.version) == (book.head.epoch, book.head.version):
            return kept
        known = kept.by_id if kept is not None and kept.epoch == book.head.epoch else {}
        if len(book.cards) - len(known) > LARGE:
            made = await asyncio.to_thread(_make, book, known, groups)
        else:
            made = _make(book, known, groups)
        if len(made.rows) < self._kept.maxsize:
            self._kept[book.head.owner] = made
        return made


def _make(book: Snapshot, known: dict[str, Row], groups: Groups) -> Roster:
    rows = []
    for card in book.cards:
        if groups.said[card.id].members is not None:
            continue  # a group is no person: it has places of its own
        row = known.get(card.id)
        if row is None or row.version != card.version:
            row = of_card(card)
        rows.append(row)
    return Roster(book, rows, groups)


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


def _group(group: kinds.Group, rows: dict[str, Row]) -> Group:
    here = [row for member in group.members if (row := rows.get(member)) is not None]
    here.sort(key=lambda row: (row.sort, row.id))
    name = shown.plain(group.name) or "No name"
    return Group(group.id, name, group.source, here, len(group.unresolved))
