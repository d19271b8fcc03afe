"""From vCard 4.0 to 3.0 as Apple's programs read it (RFC 2426); what 3.0 has no property for goes as it is.

GENDER, LANG, CLIENTPIDMAP and the properties of RFC 6474, 6715 and 9554 are such: readers of 3.0 keep what they do not
know.
"""

import re

from contact_service.formats.vcard import (
    derive,
    lines,
    markers,
    media_types,
    spelling,
    stages,
    stamps,
    text,
    write_person,
)
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.spelling import Version
from contact_service.formats.vcard.stages import Room, Shown, Stage
from contact_service.formats.vcard.upward import NEAR, RELATIONS

_COMMON = frozenset({"pref", "home", "work"})
_DATA = re.compile(r"\s*data:([^,;]*)(?:;[^,]*?)?;base64\\?,", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLACE = re.compile(r"geo:([+-]?[0-9.]+),([+-]?[0-9.]+)", re.IGNORECASE)
_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)?", re.ASCII)


def _every(edit: Edit, room: Room) -> None:
    if edit.get("PREF") == "1":
        edit.drop("PREF")
        edit.put_types((*edit.types, "pref"))
    if edit.has("TYPE") and any('"' in said for said in edit.raw("TYPE")):
        edit.put_types(edit.types)  # a list in quotes is one word to readers of 3.0


def _version(edit: Edit, room: Room) -> None:
    edit.value = room.version.number


def _date(edit: Edit, room: Room) -> None:
    found = stamps.extended(edit.value)
    if found is None:
        return
    edit.value = found
    if edit.get("VALUE").upper() in {"DATE-AND-OR-TIME", "TIMESTAMP"}:
        edit.drop("VALUE")
    if found.startswith(f"{stamps.NO_YEAR}-"):
        edit.put("X-APPLE-OMIT-YEAR", stamps.NO_YEAR)


def _anniversary(edit: Edit, room: Room) -> None:
    _date(edit, room)
    own = next((name for name in ("X-ANNIVERSARY", "ANNIVERSARY") if name in room.habits), "")
    if own and "X-ABDATE" not in room.habits:
        edit.name = own
        return
    edit.name = "X-ABDATE"
    _put_label(edit, room, "_$!<Anniversary>!$_")


def _related(edit: Edit, room: Room) -> None:
    if _SCHEME.match(edit.value) and edit.get("VALUE").lower() != "text":
        return  # who is named by an address book's uid is no text to show
    edit.name = "X-ABRELATEDNAMES"
    edit.drop("VALUE")
    kind = next((one for one in edit.types if one.lower() not in _COMMON), "")
    known, near = RELATIONS.get(kind.lower(), ""), NEAR.get(room.labels.get(edit.group, ""))
    if edit.group not in room.labels and kind:
        _put_label(edit, room, f"_$!<{known}>!$_" if known else text.escape(kind))
    elif near != kind.lower():
        return
    edit.put_types(tuple(one for one in edit.types if one != kind))


def _put_label(edit: Edit, room: Room, label: str) -> None:
    if edit.group in room.labels:
        return
    edit.group = edit.group or room.version.free_group()
    room.after.append(lines.make(f"{edit.group}.X-ABLabel", label))


def _binary(edit: Edit, room: Room) -> None:
    data, marker = _DATA.match(edit.value), markers.of(edit.value)
    if data or (marker and marker.is_binary):
        said = media_types.to_type(marker.media if marker else data[1] if data else "")
        edit.value = stages.relaid(edit.value[data.end() if data else 0 :])
        edit.drop("VALUE", "MEDIATYPE")
        edit.put("ENCODING", "b")
        if said:
            edit.put_types((*edit.types, said))
        return
    if not _SCHEME.match(edit.value):
        return
    if not edit.has("VALUE"):
        edit.put("VALUE", "uri")
    said = media_types.to_type(edit.get("MEDIATYPE")) if edit.has("MEDIATYPE") else ""
    if said and not edit.types:
        edit.drop("MEDIATYPE")
        edit.put_types((said,))


def _geo(edit: Edit, room: Room) -> None:
    found = _PLACE.fullmatch(text.unescape(edit.value).strip())
    if found:
        edit.value = f"{found[1]};{found[2]}"
        edit.drop("VALUE")


def _time_zone(edit: Edit, room: Room) -> None:
    found = _OFFSET.fullmatch(edit.value.strip())
    if found:
        edit.value = f"{found[1]}:{found[2] or '00'}"
        edit.drop("VALUE")
    elif not edit.has("VALUE"):
        edit.put("VALUE", "text")


def _phone(edit: Edit, room: Room) -> None:
    if edit.value[:4].lower() == "tel:":
        edit.value = text.escape(text.unescape(edit.value[4:]))
        edit.drop("VALUE")


def _impp(edit: Edit, room: Room) -> None:
    service = edit.get("SERVICE-TYPE")
    if service:
        edit.drop("SERVICE-TYPE")
        edit.put("X-SERVICE-TYPE", service)


def _profile(edit: Edit, room: Room) -> None:
    edit.name = "X-SOCIALPROFILE"
    service, user = edit.get("SERVICE-TYPE"), edit.get("USERNAME")
    edit.drop("SERVICE-TYPE", "USERNAME")
    if service:
        edit.put_types((*edit.types, text.quoted(service)))
    edit.put("X-USER", user)


def _kind(edit: Edit, room: Room) -> None:
    if edit.value.strip().lower() == "org":
        edit.name, edit.value = "X-ABShowAs", "COMPANY"
    else:
        edit.name = "X-ADDRESSBOOKSERVER-KIND"


def _member(edit: Edit, room: Room) -> None:
    edit.name = "X-ADDRESSBOOKSERVER-MEMBER"
    edit.value = spelling.member(edit.value)


def _name(edit: Edit, room: Room) -> None:
    surname = (edit.values("SORT-AS") if edit.has("SORT-AS") else ("",))[0].partition(",")[0]
    if surname:
        edit.drop("SORT-AS")
        room.after.append(lines.make("SORT-STRING", text.escape(surname)))


def _address(edit: Edit, room: Room) -> None:
    if not edit.has("LABEL"):
        return
    full = text.escape(text.unescape(",".join(edit.values("LABEL"))))
    edit.drop("LABEL")
    if edit.value.strip(";, "):
        beside = Edit(edit.line("3.0"))
        beside.name, beside.value = "LABEL", full
        beside.drop("GEO", "TZ", "CC")
        room.add(beside)
    else:
        edit.name, edit.value = "LABEL", full


def _stamp(edit: Edit, room: Room) -> None:
    found = stamps.extended(edit.value)
    if found:
        edit.value = found
        if edit.get("VALUE").upper() in {"DATE-AND-OR-TIME", "TIMESTAMP"}:
            edit.drop("VALUE")


def _before(shown: list[Shown]) -> list[Shown]:
    return shown


def _frame(shown: list[Shown]) -> list[Shown]:
    """3.0 has one FN and asks for it and for N (RFC 2426 3.1); of several the first is shown."""
    names = [one for one in shown if one.line.head.name == "FN"]
    shown = [one for one in shown if one.line.head.name != "FN" or one is names[0]]
    if not names:
        card = derive.card([one.line for one in shown]).card
        shown = stages.insert(shown, write_person.full_name(Version("3.0", set()), card))
    if any(one.line.head.name == "N" for one in shown):
        return shown
    # The name of a group stands in its N for Apple's programs.
    said = [one.line for one in shown if one.line.head.name in {"FN", "X-ADDRESSBOOKSERVER-KIND"}]
    is_group = any(line.value.strip().lower() == "group" for line in said if line.head.name != "FN")
    full = next(line.value for line in said if line.head.name == "FN") if is_group else ""
    return stages.insert(shown, lines.make("N", f"{full};;;;"))


STAGE = Stage(
    "3.0",
    {
        "VERSION": _version,
        **dict.fromkeys(("BDAY", "DEATHDATE"), _date),
        "ANNIVERSARY": _anniversary,
        **dict.fromkeys(("PHOTO", "LOGO", "SOUND", "KEY"), _binary),
        "GEO": _geo,
        "TZ": _time_zone,
        "TEL": _phone,
        "IMPP": _impp,
        "SOCIALPROFILE": _profile,
        "RELATED": _related,
        "KIND": _kind,
        "MEMBER": _member,
        "N": _name,
        "ADR": _address,
        "REV": _stamp,
        "CREATED": _stamp,
    },
    _every,
    _before,
    _frame,
)
