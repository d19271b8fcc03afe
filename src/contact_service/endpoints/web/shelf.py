"""Which rows a list shows: all, those on the app, a group; cut into sections of a hundred; or what a search found."""

from collections.abc import Iterator, Mapping

import msgspec

from contact_service.actions.match import Found
from contact_service.endpoints.web.roster import Roster, Row
from contact_service.matching.search import Hit
from contact_service.model.problem import InvalidParameter, NotFound

SECTION = 100
"""Rows a section: what a page shows at once, and what one request brings when it comes near (web.md)."""

Marked = tuple[tuple[str, bool], ...]


class Line(msgspec.Struct, frozen=True, gc=False):
    """A row in its place: `letter` where a new one begins; `name` and `sub` in pieces where a search hit them."""

    row: Row
    letter: str = ""
    name: Marked = ()
    sub: Marked = ()


class Shelf(msgspec.Struct, frozen=True):
    """A list to show. `query` is its part of addresses, "" for all; `key` names the chosen chip."""

    key: str
    title: str
    rows: list[Row]
    query: str

    def section(self, start: int) -> list[Line]:
        """The rows from `start` on, a section of them."""
        before = self.rows[start - 1].letter if 0 < start <= len(self.rows) else ""
        found = []
        for row in self.rows[start : start + SECTION]:
            found.append(Line(row, row.letter if row.letter != before else ""))
            before = row.letter
        return found

    def later(self, start: int) -> Iterator[tuple[int, int]]:
        """(start, rows) of the sections behind the one from `start` on."""
        for at in range(start + SECTION, len(self.rows), SECTION):
            yield at, min(SECTION, len(self.rows) - at)


def of(roster: Roster, wanted: Mapping[str, str], on_app: Mapping[str, Found]) -> Shelf:
    """The list that an address asks for with `group` or `on`; `on_app` is needed for the latter only.

    Raises NotFound (404) for a group that is not, or no more.
    """
    key = wanted.get("group", "")
    if key:
        group = roster.groups.get(key)
        if group is None:
            raise NotFound
        return Shelf(key, group.name, group.rows, f"group={key}")
    if wanted.get("on"):
        rows = [row for row in roster.rows if row.id in on_app]
        return Shelf("on", "On the app", rows, "on=1")
    return Shelf("all", "All", roster.rows, "")


def start(wanted: Mapping[str, str]) -> int:
    """Where a section begins. Raises InvalidParameter (422)."""
    text = wanted.get("from", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InvalidParameter("from", "a whole number")
    return int(text)


def found(row: Row, hit: Hit) -> Line:
    """A search hit as a row, with what was hit marked: in the name, or in the line under it."""
    name: Marked = ()
    sub: Marked = ()
    for matched in hit.matched_on:
        pieces = tuple((piece.text, piece.hit) for piece in matched.fragments)
        if matched.path.startswith("name/"):
            name = name or pieces
        else:
            sub = sub or pieces
    return Line(row, "", name, sub)
