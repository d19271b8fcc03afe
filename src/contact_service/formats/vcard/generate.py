"""Lines for a card or a part of it (RFC 9555 3). What they alone would not give back travels as JSPROP.

Invariant: `derive.card(generate.card(c))` says what `c` says, for any card; `units.canonical` is the measure.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from contact_service.formats.vcard import (
    derive,
    jspointer,
    lines,
    spelling,
    text,
    units,
    write_person,
    write_reach,
)
from contact_service.formats.vcard.building import Building
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version

_ENTRIES: dict[str, Callable[[Version, str, dict[str, Any]], list[Line]]] = {
    "phones": write_reach.phone,
    "emails": write_reach.email,
    "addresses": write_reach.address,
    "onlineServices": write_reach.online,
    "nicknames": write_person.nickname,
    "organizations": write_person.organization,
    "titles": write_person.title,
    "notes": write_person.note,
    "preferredLanguages": write_person.language,
    "personalInfo": write_person.personal,
    "anniversaries": write_person.anniversary,
}
_SET: Any = True  # what a map of flags holds
_RESOURCES = frozenset(
    {"links", "media", "cryptoKeys", "directories", "calendars", "schedulingAddresses"}
)


def card(value: dict[str, Any], number: str) -> list[Line]:
    """All lines of a card that was made as JSON, BEGIN to END; `number` is 2.1, 3.0 or 4.0."""
    version = Version(number, set())
    made = [lines.make("BEGIN", "VCARD"), lines.make("VERSION", number)]
    if value.get("uid"):
        made.append(spelling.line(version, "UID", text.escape(value["uid"])))
    parts = units.of(value)
    for key, part in parts.items():
        made += unit(version, key, part) if key[0] != "keywords" else []
    made += keywords(version, [key[1] for key in parts if key[0] == "keywords"])
    if not any(line.head.name == "FN" for line in made):
        made.append(write_person.full_name(version, value))
    if number != "4.0" and not any(line.head.name == "N" for line in made):
        made.append(lines.make("N", ";;;;"))
    return [*made, lines.make("END", "VCARD")]


def unit(version: Version, key: units.Key, value: Any) -> list[Line]:
    """The lines of one part; JSPROP (RFC 9555 3.2.1) for what they do not give back."""
    if key[0] == "vCardProps":
        return _prop(value)
    made = _lines(version, key, value)
    read = _read(made)
    astray = {index for member, inner, index in read.links if (member, inner) != key}
    if astray:  # a line that would come back as something else is not written
        made = [line for index, line in enumerate(made) if index not in astray]
        read = _read(made)
    back = units.of(read.card)
    if key not in back:
        made = []
    return made + _overrides(version, key, value, back.get(key))


def keywords(version: Version, words: list[str]) -> list[Line]:
    """One CATEGORIES line; a word that a line cannot hold travels apart."""
    plain = [word for word in words if word and word == word.strip() and word.isprintable()]
    made = (
        [spelling.line(version, "CATEGORIES", ",".join(map(text.escape, plain)))] if plain else []
    )
    return made + [
        _jsprop(version, ("keywords", word), _SET) for word in words if word not in plain
    ]


def _read(made: list[Line]) -> Building:
    return derive.card(lines.parse(lines.serialise(made)))


def _lines(version: Version, key: units.Key, value: Any) -> list[Line]:
    member, inner = key
    if member == "members":
        prop = "MEMBER" if version.number == "4.0" else "X-ADDRESSBOOKSERVER-MEMBER"
        return [spelling.line(version, prop, text.escape(inner))]
    if member == "relatedTo":
        return write_reach.related(version, inner, value)
    if isinstance(value, str):
        return _scalar(version, member, value)
    if not isinstance(value, dict):
        return []
    return _object(version, member, inner, value)


def _object(version: Version, member: str, inner: str, value: dict[str, Any]) -> list[Line]:
    if member == "name":
        return write_person.name(version, value)
    if member == "speakToAs":
        found = spelling.string(value, "grammaticalGender")
        return [spelling.line(version, "GRAMGENDER", found)] if found else []
    if member in _RESOURCES:
        return write_reach.resource(version, member, inner, value)
    writer = _ENTRIES.get(member)
    return writer(version, inner, value) if writer else []


def _scalar(version: Version, member: str, value: str) -> list[Line]:
    if member in {"updated", "created"}:
        stamp = value.replace("-", "").replace(":", "") if version.number == "4.0" else value
        return [spelling.line(version, "REV" if member == "updated" else "CREATED", stamp)]
    kind = "KIND" if version.number == "4.0" else "X-ADDRESSBOOKSERVER-KIND"
    name = {"kind": kind, "prodId": "PRODID", "language": "LANGUAGE"}.get(member)
    return [spelling.line(version, name, text.escape(value))] if name and value else []


def _prop(value: Any) -> list[Line]:
    """A jCard array (RFC 7095 3.3) as its line; [] when it is none."""
    if not isinstance(value, list) or len(value) != 4 or not isinstance(value[1], dict):
        return []
    name, params, kind, raw = value
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(raw, str):
        return []
    group = spelling.string(params, "group")
    head = f"{group}.{name.upper()}" if group else name.upper()
    for key, said in params.items():
        values = said if isinstance(said, list) else [said]
        if key != "group":
            head += f";{key.upper()}={','.join(text.quoted(str(one)) for one in values)}"
    if kind != "unknown":
        head += f";VALUE={text.quoted(kind)}"
    if not head.isprintable():
        return []
    return [lines.make(head, text.escape(raw) if kind == "text" else raw)]


def _overrides(version: Version, key: units.Key, value: Any, back: Any) -> list[Line]:
    member, inner = key
    if units.canonical(member, value) == units.canonical(member, back):
        return []
    pointer = (member, inner) if member in derive.MAPS else (member,)
    if not isinstance(value, dict) or not isinstance(back, dict):
        return [_jsprop(version, pointer, value)]
    wanted, got = units.normal(member, value), units.normal(member, back)
    return [
        _jsprop(version, (*pointer, name), value.get(name))
        for name in dict.fromkeys((*wanted, *got))
        if wanted.get(name) != got.get(name)
    ]


def _jsprop(version: Version, pointer: tuple[str, ...], value: Any) -> Line:
    path = jspointer.join(pointer)
    # JSON may hold a DEL as it is, a line may not.
    encoded = msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
    return spelling.line(version, "JSPROP", text.escape(encoded), f";JSPTR={text.quoted(path)}")
