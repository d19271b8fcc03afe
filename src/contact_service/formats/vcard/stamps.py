"""Dates and times: extended before vCard 4.0 (`1996-10-22`, RFC 2426 3.1.5), basic since (`19961022`, RFC 6350 4.3)."""

import re

NO_YEAR = "1604"
"""The year Apple and Microsoft write where none is known."""

_DATE = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_DAY = re.compile(r"--(\d\d)-?(\d\d)", re.ASCII)


def basic(value: str) -> str | None:
    """`19961022T140000Z`; a date without a year as `--1022`; None for what is no whole date."""
    found = _DATE.fullmatch(value.strip())
    if found is None:
        day = _DAY.fullmatch(value.strip())
        return f"--{day[1]}{day[2]}" if day else None
    clock = "".join(filter(None, found.group(4, 5, 6)))
    zone = (found[7] or "").upper().replace(":", "")
    date = "".join(found.group(1, 2, 3))
    return f"{date}T{clock}{zone}" if clock else date


def extended(value: str) -> str | None:
    """`1996-10-22T14:00:00Z`; a date without a year as `1604-10-22`; None for what is no whole date."""
    found = _DATE.fullmatch(value.strip())
    if found is None:
        day = _DAY.fullmatch(value.strip())
        return f"{NO_YEAR}-{day[1]}-{day[2]}" if day else None
    clock = ":".join(filter(None, found.group(4, 5, 6)))
    zone = (found[7] or "").upper()
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    date = "-".join(found.group(1, 2, 3))
    return f"{date}T{clock}{zone}" if clock else date
