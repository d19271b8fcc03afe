"""What the wide screen shows beside the list while no contact is open: faces on the app, groups, the next birthdays."""

from collections.abc import Mapping
from datetime import date
from heapq import nsmallest

import msgspec

from contact_service.actions.match import Found
from contact_service.endpoints.web import days
from contact_service.endpoints.web.roster import Group, Roster, Row

_FACES, _GROUPS, _BIRTHDAYS = 14, 8, 5


class Birthday(msgspec.Struct, frozen=True):
    """A birthday to come: whose, which day, and how far off in words."""

    row: Row
    day: str
    soon: str


class Overview(msgspec.Struct, frozen=True):
    """`faces` are the first of the `on_app` contacts that are users."""

    faces: list[Row]
    on_app: int
    groups: list[Group]
    birthdays: list[Birthday]


def of(roster: Roster, on_app: Mapping[str, Found], today: date) -> Overview:
    """The overview of a book."""
    faces = [row for card in on_app if (row := roster.by_id.get(card)) is not None]
    faces.sort(key=lambda row: (row.sort, row.id))
    return Overview(
        faces=_spread(faces, _FACES),
        on_app=len(faces),
        groups=list(roster.groups.values())[:_GROUPS],
        birthdays=_birthdays(roster, today),
    )


def _spread(rows: list[Row], most: int) -> list[Row]:
    """At most `most` rows, taken evenly from the whole list, not all from A."""
    if len(rows) <= most:
        return rows
    return [rows[place * len(rows) // most] for place in range(most)]


def _birthdays(roster: Roster, today: date) -> list[Birthday]:
    found = []
    for day, row in nsmallest(_BIRTHDAYS, roster.dated, key=lambda pair: pair[0].away(today)):
        turns, soon = day.turns(today), days.soon(day.away(today))
        told = soon if turns is None else f"turns {turns} {soon}"
        found.append(Birthday(row, f"{day.day} {days.MONTHS[day.month]}", told))
    return found
