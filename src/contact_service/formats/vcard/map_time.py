"""Lines with dates: BDAY, DEATHDATE, ANNIVERSARY, REV, CREATED (RFC 9555 2.3.8, 2.5.2, 2.14.4)."""

import re
from datetime import UTC, datetime
from typing import Any

from contact_service.formats.vcard import text
from contact_service.formats.vcard.building import Building
from contact_service.formats.vcard.lines import Line

KINDS = {
    "BDAY": "birth",
    "DEATHDATE": "death",
    "X-DEATHDATE": "death",
    "ANNIVERSARY": "wedding",
    "X-ANNIVERSARY": "wedding",
    "X-MS-ANNIVERSARY": "wedding",
    "X-EVOLUTION-ANNIVERSARY": "wedding",
}
_DATE = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?|--(\d\d)-?(\d\d)?|---(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)", re.ASCII)
# Apple and Microsoft write this year where none is known: the first leap year they can hold.
_NO_YEAR = 1604


def anniversary(card: Building, line: Line) -> None:
    """A date of `KINDS` -> anniversaries; text and what is no date go to vCardProps."""
    if not line.value.strip():
        return
    found = None if line.head.params.get("VALUE", ("",))[0].lower() == "text" else date(line.value)
    if found is None:
        card.prop(line)
        return
    entry: dict[str, Any] = {"kind": KINDS[line.head.name], "date": found}
    if line.head.name.startswith("X-"):
        entry["vCardName"] = line.head.name.lower()
    card.add("anniversaries", line, entry)


def place(card: Building, line: Line) -> None:
    """BIRTHPLACE, DEATHPLACE (RFC 6474) -> `place` of that anniversary, else to vCardProps."""
    kind = "birth" if line.head.name == "BIRTHPLACE" else "death"
    value = text.unescape(line.value)
    for key, entry in card.beside("anniversaries", line, "place"):
        if entry["kind"] == kind and value:
            entry["place"] = {"coordinates" if value.startswith("geo:") else "full": value}
            card.links.append(("anniversaries", key, card.index))
            return
    card.prop(line)


def updated(card: Building, line: Line) -> None:
    """REV -> updated."""
    _stamp(card, line, "updated")


def created(card: Building, line: Line) -> None:
    """CREATED (RFC 9554 3.1) -> created."""
    _stamp(card, line, "created")


def date(value: str) -> dict[str, Any] | None:
    """A PartialDate or Timestamp (RFC 9553 2.8.1) for a vCard date in basic or extended form; None when it is none."""
    value = value.strip()
    match = _DATE.match(value)
    if match is None:
        return None
    rest = value[match.end() :]
    if rest[:1] in ("T", "t", " ") and match[3]:
        stamp = utc(value)
        if stamp is not None and not stamp.startswith(str(_NO_YEAR)):
            return {"@type": "Timestamp", "utc": stamp}
    elif rest:
        return None
    return _partial(match)


def utc(value: str) -> str | None:
    """A UTCDateTime (RFC 9553 1.4.5) for a date and time with its zone; None when the zone or the time is unknown."""
    value = value.strip().upper()
    day = _DATE.match(value)
    if day is None or not day[3] or value[day.end() : day.end() + 1] not in ("T", " "):
        return None
    clock = _TIME.fullmatch(value, day.end() + 1)
    if clock is None:
        return None
    zone = clock[4].replace(":", "").replace("Z", "+0000").ljust(5, "0")
    spelled = f"{day[1]}{day[2]}{day[3]}{clock[1]}{clock[2]}{clock[3] or '00'}{zone}"
    try:
        moment = datetime.strptime(spelled, "%Y%m%d%H%M%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat().replace("+00:00", "Z")


def _partial(match: re.Match[str]) -> dict[str, Any] | None:
    year, month, day = match[1], match[2] or match[4], match[3] or match[5] or match[6]
    found: dict[str, Any] = {}
    if year and int(year) not in (0, _NO_YEAR):
        found["year"] = int(year)
    if month:
        found["month"] = int(month)
    if day:
        found["day"] = int(day)
    if not 1 <= found.get("month", 1) <= 12 or not 1 <= found.get("day", 1) <= 31:
        return None
    return found or None


def _stamp(card: Building, line: Line, member: str) -> None:
    stamp = utc(line.value)
    if stamp is None:
        card.prop(line)
    else:
        card.single(member, line, stamp)
