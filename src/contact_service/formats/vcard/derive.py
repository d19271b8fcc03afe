"""A vCard's lines as a JSContact card (RFC 9555 2), with links from entries back to lines.

Hot path: one dispatch a line. What has no home goes to `vCardProps`; binary values stay in the lines alone.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from contact_service.formats.vcard import jspointer, map_person, map_reach, map_time, text
from contact_service.formats.vcard.building import Building
from contact_service.formats.vcard.lines import Line


def card(lines: list[Line]) -> Building:
    """The card the lines speak of. Raises InvalidCard (422) for a number over 250 characters."""
    building = Building(labels(lines), v2=_is_v2(lines))
    overrides: list[int] = []
    depth = 0
    for index, line in enumerate(lines):
        name = line.head.name
        if name in _STRUCTURE:
            depth += _step(line)
            continue
        if depth > 1:  # within a nested AGENT: another person's lines
            continue
        building.index = index
        if name == "JSPROP":
            overrides.append(index)
        else:
            _MAPPERS.get(name, _unknown)(building, line)
    if building.labels:
        _keep_labels(building, lines)
    for index in overrides:
        building.index = index
        _override(building, lines[index])
    return building


def labels(lines: list[Line]) -> dict[str, tuple[str, int]]:
    """Apple's labels and their lines by group: `item1.X-ABLabel:_$!<Home>!$_` is Home for the lines of item1."""
    found: dict[str, tuple[str, int]] = {}
    for index, line in enumerate(lines):
        if line.head.group and line.head.name == "X-ABLABEL":
            label = text.unescape(line.value)
            if label.startswith("_$!<") and label.endswith(">!$_"):
                label = label[4:-4]
            if label:
                found[line.head.group] = (label, index)
    return found


def _keep_labels(building: Building, lines: list[Line]) -> None:
    """A label whose group has no entry to take it goes to vCardProps, as the rest of its group did."""
    taken = {index for _, _, index in building.links}
    for _, index in building.labels.values():
        if index not in taken:
            building.index = index
            building.prop(lines[index])


def _step(line: Line) -> int:
    if line.value.strip().upper() != "VCARD":
        return 0
    return 1 if line.head.name == "BEGIN" else -1


def _is_v2(lines: list[Line]) -> bool:
    return any(line.head.name == "VERSION" and line.value.strip() == "2.1" for line in lines)


def _unknown(building: Building, line: Line) -> None:
    if line.head.name == "X-ABLABEL" and line.head.group in building.labels:
        return
    encoding = line.head.params.get("ENCODING", ("",))[0].upper()
    if line.value and encoding not in {"B", "BASE64"} and line.value[:5].lower() != "data:":
        building.prop(line)


def _override(building: Building, line: Line) -> None:
    """JSPROP (RFC 9555 3.2.1): a JSON value at a pointer; what cannot be set is passed over, its line stays."""
    parts = jspointer.cut(line.head.params.get("JSPTR", ("",))[0])
    try:
        value = msgspec.json.decode(text.unescape(line.value).encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return
    if not parts[0] or parts[0] in _FIXED:
        return
    building.overridden = True
    if _set(building.card, parts, value):
        key = parts[1] if len(parts) > 1 and parts[0] in MAPS else ""
        building.links.append((parts[0], key, building.index))


def _set(card: dict[str, Any], parts: list[str], value: Any) -> bool:
    target: Any = card
    if len(parts) > 1 and parts[0] in MAPS:
        target.setdefault(parts[0], {})
    for part in parts[:-1]:
        target = target.get(part)
        if not isinstance(target, dict):
            return False
    if value is None:
        target.pop(parts[-1], None)
    else:
        target[parts[-1]] = value
    return True


def _uid(building: Building, line: Line) -> None:
    value = text.unescape(line.value).strip()
    if value:
        building.single("uid", line, value)


def _product(building: Building, line: Line) -> None:
    building.single("prodId", line, text.unescape(line.value))


def _card_language(building: Building, line: Line) -> None:
    building.single("language", line, line.value.strip())


# Members whose values are maps of entries: each entry has lines of its own.
MAPS = frozenset(
    {
        "nicknames", "organizations", "titles", "phones", "emails", "onlineServices", "preferredLanguages", "calendars",
        "schedulingAddresses", "addresses", "cryptoKeys", "directories", "links", "media", "anniversaries", "keywords",
        "notes", "personalInfo", "relatedTo", "members",
    }
)  # fmt: skip
_STRUCTURE = frozenset({"", "BEGIN", "END", "VERSION"})
_FIXED = frozenset({"uid", "@type", "version", "id", "etag", "addressBook"})
_MAPPERS: dict[str, Callable[[Building, Line], None]] = {
    "FN": map_person.full_name,
    "N": map_person.name,
    "SORT-STRING": map_person.sort_string,
    "NICKNAME": map_person.nickname,
    "ORG": map_person.organization,
    "TITLE": map_person.title,
    "ROLE": map_person.role,
    "NOTE": map_person.note,
    "CATEGORIES": map_person.categories,
    "KIND": map_person.kind,
    "X-ADDRESSBOOKSERVER-KIND": map_person.kind,
    "MEMBER": map_person.member,
    "X-ADDRESSBOOKSERVER-MEMBER": map_person.member,
    "GENDER": map_person.gender,
    "GRAMGENDER": map_person.gram_gender,
    "EXPERTISE": map_person.personal,
    "HOBBY": map_person.personal,
    "INTEREST": map_person.personal,
    "TEL": map_reach.phone,
    "EMAIL": map_reach.email,
    "ADR": map_reach.address,
    "LABEL": map_reach.label,
    "GEO": map_reach.geo,
    "TZ": map_reach.time_zone,
    "IMPP": map_reach.impp,
    "SOCIALPROFILE": map_reach.impp,
    "X-SOCIALPROFILE": map_reach.impp,
    "LANG": map_reach.language,
    "RELATED": map_reach.related,
    "BIRTHPLACE": map_time.place,
    "DEATHPLACE": map_time.place,
    "REV": map_time.updated,
    "CREATED": map_time.created,
    "UID": _uid,
    "PRODID": _product,
    "LANGUAGE": _card_language,
    **dict.fromkeys(map_person.PHONETIC, map_person.phonetic),
    **dict.fromkeys(map_reach.RESOURCES, map_reach.resource),
    **dict.fromkeys(map_reach.ACCOUNTS, map_reach.account),
    **dict.fromkeys(map_time.KINDS, map_time.anniversary),
}
