"""Dates in cells: read where they can mean one day only. Outlook writes them as the computer's region has them, and
says not which: 03/07/1980 is left as it is.
"""

import re
from datetime import date as calendar
from typing import Any

_ISO = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII
)
_YEARLESS = re.compile(r"--(\d\d)-?(\d\d)?|---(\d\d)", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.年] ?(\d{1,2})[/.月] ?(\d{1,2})[.日]?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)
_NOTHING = re.compile(r"0{1,4}([/.-])0{1,4}\1(?:0{1,4})?", re.ASCII)
# 0: Google's and Thunderbird's; 1604: Apple's and Microsoft's, the first leap year they can hold.
_NO_YEAR = frozenset({0, 1604})
_ANY_LEAP_YEAR = 2000
# A year of two digits is of one century or another.
_FIRST_YEAR = 100


def is_none(text: str) -> bool:
    """Whether a cell says that there is no date: Outlook's 0/0/00."""
    return _NOTHING.fullmatch(text) is not None


def read(text: str) -> dict[str, Any] | None:
    """A PartialDate (RFC 9553 2.8.1); None for what is no date, or could be two."""
    if match := _YEARLESS.fullmatch(text):
        return partial("", match[1] or "", match[2] or match[3] or "")
    for form, order in ((_ISO, (1, 2, 3)), (_YEAR_FIRST, (1, 2, 3)), (_DOTTED, (3, 2, 1))):
        if match := form.fullmatch(text):
            year, month, day = (match[at] or "" for at in order)
            return partial(year, month, day)
    match = _SLASHED.fullmatch(text)
    if match is None:
        return None
    either = [partial(match[3], match[1], match[2]), partial(match[3], match[2], match[1])]
    possible = [one for one in either if one is not None]
    return possible[0] if possible and all(one == possible[0] for one in possible) else None


def partial(year: str, month: str, day: str) -> dict[str, Any] | None:
    """A PartialDate of its parts in digits, "" or 0 for one that is not known; None when there is no such day."""
    parts = {"year": year, "month": month, "day": day}
    if not all(part.isdecimal() and len(part) <= 4 for part in parts.values() if part):
        return None
    found = {name: int(part) for name, part in parts.items() if part and int(part)}
    if found.get("year") in _NO_YEAR:
        del found["year"]
    return found if found and _exists(found) else None


def write(said: Any) -> str:
    """A PartialDate as ISO 8601 has it, `--MM-DD` without a year; the day of a Timestamp; "" for anything else."""
    if not isinstance(said, dict):
        return ""
    if isinstance(said.get("utc"), str):
        return str(said["utc"])[:10]
    year, month, day = (said.get(name) for name in ("year", "month", "day"))
    parts = (("year", year, 9999), ("month", month, 12), ("day", day, 31))
    if not all(one is None or (type(one) is int and 0 < one <= most) for _, one, most in parts):
        return ""
    if year is None:
        return _yearless(month, day)
    if month is None:
        return "" if day is not None else f"{year:04}"
    return f"{year:04}-{month:02}" + ("" if day is None else f"-{day:02}")


def _yearless(month: int | None, day: int | None) -> str:
    if month is None:
        return "" if day is None else f"---{day:02}"
    return f"--{month:02}" + ("" if day is None else f"-{day:02}")


def _exists(found: dict[str, int]) -> bool:
    if "day" in found and "month" not in found and "year" in found:
        return False
    if found.get("year", _FIRST_YEAR) < _FIRST_YEAR:
        return False
    try:
        calendar(found.get("year", _ANY_LEAP_YEAR), found.get("month", 1), found.get("day", 1))
    except ValueError:
        return False
    return True
