"""From vCard 3.0 to 4.0 (RFC 6350, appendix A; RFC 6868; Apple's lines where 4.0 has a property for them)."""

import re

from contact_service.formats.vcard import (
    derive,
    markers,
    media_types,
    spelling,
    stages,
    stamps,
    text,
    traits,
    write_person,
)
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version
from contact_service.formats.vcard.stages import Room, Shown, Stage

RELATIONS = {"spouse": "Spouse", "child": "Child", "parent": "Parent", "friend": "Friend"}
"""RELATED types (RFC 6350 6.6.6) that Apple has the same label for."""
NEAR = {
    "Mother": "parent", "Father": "parent", "Brother": "sibling", "Sister": "sibling", "Partner": "sweetheart",
    "Assistant": "agent",
}  # fmt: skip
"""What comes near to Apple's other labels."""
_DIGITS = re.compile(r"\+?[0-9().-]+")
_DEGREES = re.compile(r"\s*([+-]?[0-9.]+)\s*;\s*([+-]?[0-9.]+)\s*")
_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)", re.ASCII)
_DATE_KINDS = frozenset({"DATE", "DATE-TIME", "TIMESTAMP", "DATE-AND-OR-TIME"})


def _every(edit: Edit, room: Room) -> None:
    types = tuple(kind for kind in edit.types if kind.lower() != "pref")
    if len(types) < len(edit.types):
        edit.put_types(types)
        if not edit.has("PREF"):
            edit.put("PREF", "1")


def _version(edit: Edit, room: Room) -> None:
    edit.value = room.version.number


def _date(edit: Edit, room: Room) -> None:
    omitted = edit.get("X-APPLE-OMIT-YEAR") or stamps.NO_YEAR
    found = stamps.basic(edit.value)
    if found is None:
        return
    edit.value = f"--{found[4:8]}" if found[:4] == omitted else found
    edit.drop("X-APPLE-OMIT-YEAR")
    if edit.get("VALUE").upper() in _DATE_KINDS:
        edit.drop("VALUE")


def _anniversary(edit: Edit, room: Room) -> None:
    # There is one ANNIVERSARY at most (RFC 6350 6.2.6), and many write it twice for different readers.
    if not {"X-ANNIVERSARY", "ANNIVERSARY"} & (room.habits | room.names - {"X-ANNIVERSARY"}):
        edit.name = "ANNIVERSARY"
        _date(edit, room)


def _binary(edit: Edit, room: Room) -> None:
    name = edit.name.upper()
    if edit.get("ENCODING").upper() in {"B", "BASE64"} or edit.value.startswith(markers.SIGN):
        value = stages.relaid(edit.value)
        media = media_types.of_value(name, edit.types, value)
        edit.value = f"data:{media};base64,{value}"
        edit.drop("ENCODING", "VALUE", "TYPE")
        return
    said = media_types.of_type(name, edit.types)
    if said and not edit.has("MEDIATYPE"):
        edit.put_types(())
        edit.put("MEDIATYPE", said)
    if edit.get("VALUE").lower() == "url":
        edit.put("VALUE", "uri")


def _geo(edit: Edit, room: Room) -> None:
    found = _DEGREES.fullmatch(text.unescape(edit.value))
    if found:
        edit.value = f"geo:{found[1]},{found[2]}"


def _time_zone(edit: Edit, room: Room) -> None:
    found = _OFFSET.fullmatch(edit.value.strip())
    if found and not edit.has("VALUE"):
        edit.value = found[1] + found[2]
        edit.put("VALUE", "utc-offset")
    elif edit.get("VALUE").lower() == "text":
        edit.drop("VALUE")


def _phone(edit: Edit, room: Room) -> None:
    if edit.get("VALUE").lower() in {"phone", "phone-number", "text"}:
        edit.drop("VALUE")
    if "TEL URI" in room.habits and not edit.has("VALUE") and _DIGITS.fullmatch(edit.value):
        edit.put("VALUE", "uri")
        edit.value = f"tel:{edit.value}"


def _email(edit: Edit, room: Room) -> None:
    rest = tuple(kind for kind in edit.types if kind.lower() != "internet")
    if len(rest) < len(edit.types):
        edit.put_types(rest)


def _impp(edit: Edit, room: Room) -> None:
    service = edit.get("X-SERVICE-TYPE")
    if service and not edit.has("SERVICE-TYPE"):
        edit.drop("X-SERVICE-TYPE")
        edit.put("SERVICE-TYPE", service)


def _profile(edit: Edit, room: Room) -> None:
    # Readers of 4.0 know the older name as well; RFC 9554's is written where a card has it already.
    if "SOCIALPROFILE" not in room.habits:
        return
    edit.name = "SOCIALPROFILE"
    kind = next((said for said in edit.types if said.lower() not in {"home", "work"}), "")
    edit.put_types(tuple(said for said in edit.types if said != kind))
    edit.put("SERVICE-TYPE", edit.get("X-SERVICE-TYPE") or kind)
    edit.put("USERNAME", edit.get("X-USER"))
    edit.drop("X-SERVICE-TYPE", "X-USER")


def _kind(edit: Edit, room: Room) -> None:
    edit.name = "KIND"


def _company(edit: Edit, room: Room) -> None:
    if edit.value.strip().upper() == "COMPANY" and not room.names & {
        "KIND", "X-ADDRESSBOOKSERVER-KIND",
    }:  # fmt: skip
        edit.name, edit.value = "KIND", "org"


def _member(edit: Edit, room: Room) -> None:
    edit.name = "MEMBER"
    edit.value = spelling.member(edit.value)


def _label(edit: Edit, room: Room) -> None:
    full = text.unescape(edit.value)
    edit.name, edit.value = "ADR", ";;;;;;"
    edit.put("LABEL", full.replace("\\", "\\\\"))


def _stamp(edit: Edit, room: Room) -> None:
    found = stamps.basic(edit.value)
    if found:
        edit.value = found
        if edit.get("VALUE").upper() in _DATE_KINDS:
            edit.drop("VALUE")


def _before(shown: list[Shown]) -> list[Shown]:
    return _related(_sorted(_addressed(shown)))


def _addressed(shown: list[Shown]) -> list[Shown]:
    """LABEL lines become the LABEL of the address they stand for: the first before them that is of the same types."""
    out: list[Shown] = []
    open_: list[int] = []
    for one in shown:
        head = one.line.head
        said = traits.of(head)
        if head.name == "ADR" and "LABEL" not in head.params and one.line.value.strip(";, "):
            open_.append(len(out))
        if head.name == "LABEL" and one.line.value:
            at = next((at for at in open_ if _is_of(said, traits.of(out[at].line.head))), None)
            if at is not None:
                edit = Edit(out[at].line)
                edit.put("LABEL", text.unescape(one.line.value).replace("\\", "\\\\"))
                out[at] = Shown(edit.line("3.0"), (*out[at].sources, *one.sources))
                open_.remove(at)
                continue
        out.append(one)
    return out


def _is_of(label: traits.Traits, address: traits.Traits) -> bool:
    alike = label.entry.get("contexts") == address.entry.get("contexts")
    return label.id == address.id and (bool(label.id) or alike)


def _sorted(shown: list[Shown]) -> list[Shown]:
    """SORT-STRING becomes SORT-AS of N."""
    names = [one for one in shown if one.line.head.name == "N"]
    strings = [one for one in shown if one.line.head.name == "SORT-STRING" and one.line.value]
    if not names or not strings or "SORT-AS" in names[0].line.head.params:
        return shown
    edit = Edit(names[0].line)
    edit.put("SORT-AS", text.unescape(strings[0].line.value))
    made = Shown(edit.line("3.0"), (*names[0].sources, *strings[0].sources))
    return [made if one is names[0] else one for one in shown if one is not strings[0]]


def _related(shown: list[Shown]) -> list[Shown]:
    """Apple's related names and anniversaries, whose kind stands in the label of their group."""
    labels = derive.labels([one.line for one in shown])
    out: list[Shown] = []
    spent: dict[int, int] = {}
    for at, one in enumerate(shown):
        name, group = one.line.head.name, one.line.head.group
        label, label_at = labels.get(group, ("", -1))
        made: tuple[Line, bool] | None = None
        if name == "X-ABRELATEDNAMES":
            made = _relation(one.line, label)
        elif name == "X-ABDATE" and label == "Anniversary":
            made = _wedding(one.line)
        if made and made[1] and _is_alone(shown, at, label_at):
            spent[label_at] = len(out)
        elif made:
            made = (_grouped(made[0], group), False)
        out.append(Shown(made[0], one.sources) if made else one)
    for label_at, at in spent.items():
        out[at] = Shown(out[at].line, (*out[at].sources, *shown[label_at].sources))
    return [one for at, one in enumerate(out) if at not in spent]


def _is_alone(shown: list[Shown], at: int, label_at: int) -> bool:
    """Whether a line and its label are all there is of their group."""
    group = shown[at].line.head.group
    return {at, label_at} == {i for i, one in enumerate(shown) if one.line.head.group == group}


def _relation(line: Line, label: str) -> tuple[Line, bool]:
    """RELATED for a related name, and whether it says all that the label did."""
    types = {said: kind for kind, said in RELATIONS.items()}
    edit = Edit(line)
    edit.name, edit.group = "RELATED", ""
    kind = types.get(label) or NEAR.get(label, "")
    edit.put_types((*edit.types, kind) if kind else edit.types)
    edit.put("VALUE", "text")
    return edit.line("3.0"), label in types


def _wedding(line: Line) -> tuple[Line, bool]:
    edit = Edit(line)
    edit.name, edit.group = "ANNIVERSARY", ""
    return edit.line("3.0"), True


def _grouped(line: Line, group: str) -> Line:
    edit = Edit(line)
    edit.group = group
    return edit.line("3.0")


def _frame(shown: list[Shown]) -> list[Shown]:
    """4.0 asks for an FN (RFC 6350 6.2.1)."""
    if any(one.line.head.name == "FN" for one in shown):
        return shown
    card = derive.card([one.line for one in shown]).card
    return stages.insert(shown, write_person.full_name(Version("4.0", set()), card))


STAGE = Stage(
    "4.0",
    {
        "VERSION": _version,
        **dict.fromkeys(("BDAY", "DEATHDATE", "ANNIVERSARY"), _date),
        "X-ANNIVERSARY": _anniversary,
        **dict.fromkeys(("PHOTO", "LOGO", "SOUND", "KEY"), _binary),
        "GEO": _geo,
        "TZ": _time_zone,
        "TEL": _phone,
        "EMAIL": _email,
        "IMPP": _impp,
        "X-SOCIALPROFILE": _profile,
        "X-ADDRESSBOOKSERVER-KIND": _kind,
        "X-ADDRESSBOOKSERVER-MEMBER": _member,
        "X-ABSHOWAS": _company,
        "LABEL": _label,
        "REV": _stamp,
        "CREATED": _stamp,
    },
    _every,
    _before,
    _frame,
)
