"""Days of the year in a contact's life (RFC 9553 2.8.1), and how far off the next one is."""

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from contact_service.model.card import Fields

MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SAYS = {"birth": "Birthday", "wedding": "Anniversary", "death": "In memory"}


class Day(msgspec.Struct, frozen=True, gc=False):
    """A day of the year; many people's year is not known."""

    month: int
    day: int
    year: int | None = None

    def __str__(self) -> str:
        """`14 March 1986`, or without the year."""
        text = f"{self.day} {calendar.month_name[self.month]}"
        return f"{text} {self.year}" if self.year else text

    def away(self, today: date) -> int:
        """Days from `today` until it comes round again, 0 on the day; 29 February is kept on 1 March."""
        found = _in_year(self, today.year)
        if found < today:
            found = _in_year(self, today.year + 1)
        return (found - today).days

    def turns(self, today: date) -> int | None:
        """How many years it will be when it comes round, where the year is known and past."""
        if self.year is None:
            return None
        upcoming = today.year + (_in_year(self, today.year) < today)
        return upcoming - self.year if self.year < upcoming else None


def birthday(fields: Fields) -> Day | None:
    """The contact's birthday."""
    for entry in (fields.anniversaries or {}).values():
        if entry.get("kind") == "birth":
            return of(entry)
    return None


def of(anniversary: Mapping[str, Any]) -> Day | None:
    """The day of an Anniversary: a PartialDate with month and day, or the day of a Timestamp; else None."""
    found = anniversary.get("date")
    if isinstance(found, str):
        found = {"utc": found}
    if not isinstance(found, dict):
        return None
    if isinstance(found.get("utc"), str):
        return _of_text(found["utc"])
    return _day(found.get("month"), found.get("day"), found.get("year"))


def soon(days: int) -> str:
    """`today`, `tomorrow`, `in 12 days`."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _of_text(text: str) -> Day | None:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return Day(found.month, found.day, found.year)


def _day(month: Any, day: Any, year: Any) -> Day | None:
    if not (isinstance(month, int) and isinstance(day, int)):
        return None
    known = year if isinstance(year, int) and 1 <= year <= 9999 else None
    try:
        date(known or 2000, month, day)
    except ValueError:
        return None
    return Day(month, day, known)


def _in_year(day: Day, year: int) -> date:
    if (day.month, day.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return date(year, day.month, day.day)
