"""Names, organizations, dates as lines (RFC 9555 3); the mirror of `map_person.py` and `map_time.py`."""

from typing import Any

from contact_service.formats.vcard import map_person, spelling, text
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version, string

_PHONETIC = {kind: name for name, kind in map_person.PHONETIC.items()}
_DATES = {"birth": "BDAY", "death": "DEATHDATE", "wedding": "ANNIVERSARY"}
_SPOKEN = {
    kind: at
    for at, kind in enumerate(("title", "given", "given2", "surname", "surname2", "generation"))
}
_LEVELS = {"low": "beginner", "medium": "average", "high": "expert"}


def name(version: Version, value: dict[str, Any]) -> list[Line]:
    """From name -> FN, N and Apple's phonetic names."""
    made: list[Line] = []
    if string(value, "full"):
        made.append(spelling.line(version, "FN", text.escape(string(value, "full"))))
    listed = value.get("components")
    components = (
        [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
    )
    sort_as = value.get("sortAs")
    if components:
        made.append(_structured_name(version, components, sort_as))
    if isinstance(sort_as, dict) and version.number != "4.0" and string(sort_as, "surname"):
        made.append(spelling.line(version, "SORT-STRING", text.escape(string(sort_as, "surname"))))
    for part in components:
        kind, spoken = string(part, "kind"), string(part, "phonetic")
        if spoken and kind in _PHONETIC:
            made.append(spelling.line(version, _PHONETIC[kind], text.escape(spoken)))
    return made


def full_name(version: Version, card: dict[str, Any]) -> Line:
    """An FN made of what there is, marked as such: readers before 4.0 and of it want one (RFC 9555 3.2.1, 2.4.1)."""
    known = card.get("name")
    parts = _spoken(known) if isinstance(known, dict) else []
    for member, field in (("organizations", "name"), ("nicknames", "name"), ("emails", "address")):
        if not any(parts):
            entries = card.get(member)
            parts = (
                [string(entry, field) for entry in entries.values()][:1]
                if isinstance(entries, dict)
                else []
            )
    return spelling.line(version, "FN", text.escape(" ".join(filter(None, parts))), ";DERIVED=TRUE")


def _spoken(name: dict[str, Any]) -> list[str]:
    """The components in the order that they are given in, else in that of most Western names."""
    listed = name.get("components")
    parts = [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
    if name.get("isOrdered") is not True:
        parts.sort(key=lambda part: _SPOKEN.get(string(part, "kind"), len(_SPOKEN)))
    return [string(part, "value") for part in parts]


def nickname(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From nicknames -> a NICKNAME each."""
    return _text(version, "NICKNAME", key, entry, "name")


def note(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From notes -> NOTE with its author."""
    author = entry.get("author")
    params = (("AUTHOR-NAME", string(author, "name")), ("AUTHOR", string(author, "uri")))
    return spelling.entry_lines(
        version, "NOTE", key, entry, text.escape(string(entry, "note")), *params
    )


def title(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From titles -> TITLE or ROLE."""
    return _text(version, "ROLE" if entry.get("kind") == "role" else "TITLE", key, entry, "name")


def language(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From preferredLanguages -> LANG."""
    return _text(version, "LANG", key, entry, "language")


def organization(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From organizations -> ORG."""
    listed = entry.get("units")
    units = [string(unit, "name") for unit in listed] if isinstance(listed, list) else []
    value = ";".join(text.escape(part) for part in (string(entry, "name"), *units))
    return spelling.entry_lines(
        version, "ORG", key, entry, value, ("SORT-AS", string(entry, "sortAs"))
    )


def personal(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From personalInfo -> EXPERTISE, HOBBY, INTEREST; nothing for other kinds."""
    prop = string(entry, "kind").upper()
    if prop not in {"EXPERTISE", "HOBBY", "INTEREST"}:
        return []
    level = string(entry, "level")
    if prop == "EXPERTISE":
        level = _LEVELS.get(level, level)
    position = entry.get("listAs")
    index = str(position) if isinstance(position, int) else ""
    value = text.escape(string(entry, "value"))
    return spelling.entry_lines(
        version, prop, key, entry, value, ("LEVEL", level), ("INDEX", index)
    )


def anniversary(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From anniversaries -> BDAY, DEATHDATE, ANNIVERSARY and their place; nothing for other kinds."""
    prop = string(entry, "vCardName").upper() or _DATES.get(string(entry, "kind"), "")
    date = entry.get("date")
    value = _date(date, version) if isinstance(date, dict) else ""
    if not prop or not value:
        return []
    omit = "1604" if value.startswith("1604-") else ""
    made = spelling.entry_lines(version, prop, key, entry, value, ("X-APPLE-OMIT-YEAR", omit))
    place = entry.get("place")
    where = string(place, "full") or string(place, "coordinates")
    if where and prop in {"BDAY", "DEATHDATE"}:
        beside = "BIRTHPLACE" if prop == "BDAY" else "DEATHPLACE"
        made.append(
            spelling.line(version, beside, text.escape(where), f";PROP-ID={text.quoted(key)}")
        )
    return made


def _text(version: Version, prop: str, key: str, entry: dict[str, Any], member: str) -> list[Line]:
    return spelling.entry_lines(version, prop, key, entry, text.escape(string(entry, member)))


def _structured_name(version: Version, components: list[dict[str, Any]], sort_as: Any) -> Line:
    parts: list[list[str]] = [[] for _ in map_person.NAME_KINDS]
    for part in components:
        kind = string(part, "kind")
        if kind in map_person.NAME_KINDS:
            parts[map_person.NAME_KINDS.index(kind)].append(text.escape(string(part, "value")))
    count = 7 if any(parts[5:]) else 5
    sep = " " if version.number == "2.1" else ","
    params = ""
    if isinstance(sort_as, dict) and version.number == "4.0":
        keys = ",".join(string(sort_as, kind) for kind in ("surname", "given")).rstrip(",")
        params = f";SORT-AS={text.quoted(keys)}" if keys else ""
    return spelling.line(
        version, "N", ";".join(sep.join(values) for values in parts[:count]), params
    )


def _date(date: dict[str, Any], version: Version) -> str:
    stamp = string(date, "utc")
    if stamp:
        return stamp.replace("-", "").replace(":", "") if version.number == "4.0" else stamp
    year, month, day = (
        date.get(part) if isinstance(date.get(part), int) else None
        for part in ("year", "month", "day")
    )
    dash = "" if version.number == "4.0" else "-"
    if year is not None and month is not None and day is not None:
        return f"{year:04}{dash}{month:02}{dash}{day:02}"
    if year is not None:
        return f"{year:04}" + (f"-{month:02}" if month is not None else "")
    if month is not None and day is not None and version.number != "4.0":
        return f"1604-{month:02}-{day:02}"  # what Apple and Google read as a date without a year
    if month is not None:
        return f"--{month:02}" + (f"{day:02}" if day is not None else "")
    return f"---{day:02}" if day is not None else ""
