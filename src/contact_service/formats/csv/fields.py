"""What the cells of Outlook, Thunderbird, Yahoo, Windows Live Mail and LinkedIn become, field by field.

Each field of formats/mappings/csv-headers.toml belongs to a family, its first word; what no family takes is kept beside
the Card under its column's name, unless it is dropped with a reason.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from contact_service.formats.csv import dates, headers
from contact_service.formats.csv.draft import Draft
from contact_service.formats.csv.headers import Column

Family = Callable[[Draft, str, str], bool]
"""Puts a value into the draft by the rest of its field's name; False for one that cannot be read."""

SERVICES = {
    "aim": "AIM",
    "google": "GTalk",
    "icq": "ICQ",
    "im": "IM",
    "irc": "IRC",
    "linkedin": "LinkedIn",
    "msn": "MSN",
    "qq": "QQ",
    "skype": "Skype",
    "yahoo": "Yahoo",
}
PHONES: dict[str, dict[str, Any]] = {
    "work": {"contexts": {"work": True}},
    "private": {"contexts": {"private": True}},
    "mobile": {"features": {"mobile": True}},
    "pager": {"features": {"pager": True}},
    "textphone": {"features": {"textphone": True}},
    "other": {},
    "work-fax": {"contexts": {"work": True}, "features": {"fax": True}},
    "private-fax": {"contexts": {"private": True}, "features": {"fax": True}},
    "other-fax": {"features": {"fax": True}},
    "company": {"contexts": {"work": True}, "features": {"main-number": True}},
    "primary": {"pref": 1},
    "assistant": {"label": "Assistant"},
    "callback": {"label": "Callback"},
    "car": {"label": "Car"},
    "isdn": {"label": "ISDN"},
    "radio": {"label": "Radio"},
    "telex": {"label": "Telex"},
    "yahoo": {"label": "Yahoo! Phone"},
}
RELATIONS = {
    "assistant": "Assistant",
    "child": "child",
    "manager": "Manager",
    "referrer": "Referred By",
    "spouse": "spouse",
}
_SEPARATOR = re.compile(r"[;,]")


def fill(draft: Draft, columns: Sequence[Column], cells: Sequence[str]) -> None:
    """The cells of a row, put into the draft."""
    birth: dict[str, tuple[str, Column]] = {}
    dropped = headers.fates().dropped
    for column, cell in zip(columns, cells, strict=False):
        value = cell.strip()
        if not value or column.field in dropped:
            continue
        family, _, rest = column.field.partition(".")
        if family == "date" and "." in rest:
            birth[rest.partition(".")[2]] = value, column
        elif family == "sound":
            draft.sound(rest, value, column.kept)
        elif family not in _FAMILIES or not _FAMILIES[family](draft, rest, _kept(cell, family)):
            draft.residue[column.kept] = value
    if birth:
        _birth(draft, birth)
    _organize(draft)


def _kept(cell: str, family: str) -> str:
    return cell if family == "note" else cell.strip()


def _birth(draft: Draft, parts: dict[str, tuple[str, Column]]) -> None:
    said = {name: value for name, (value, _) in parts.items()}
    found = dates.partial(said.get("year", ""), said.get("month", ""), said.get("day", ""))
    if found is not None:
        draft.anniversary("birth", found)
        return
    draft.residue.update(
        {column.kept: value for value, column in parts.values() if value.strip("0")}
    )


def _name(draft: Draft, rest: str, value: str) -> bool:
    if rest == "full":
        draft.full(value)
    else:
        draft.name(rest, value)
    return True


def _nickname(draft: Draft, _: str, value: str) -> bool:
    draft.add("NICKNAME", {"name": value})
    return True


def _organization(draft: Draft, rest: str, value: str) -> bool:
    if rest not in {"name", "unit"}:
        return False
    draft.work.setdefault(rest, []).append(value)
    return True


def _organize(draft: Draft) -> None:
    if draft.work:
        draft.organization(draft.work.get("name", []), draft.work.get("unit", []))


def _job(draft: Draft, rest: str, value: str) -> bool:
    draft.add("TITLE" if rest == "title" else "ROLE", {"name": value, "kind": rest})
    return True


def _email(draft: Draft, rest: str, value: str) -> bool:
    if rest:
        return False
    draft.add("EMAIL", {"address": value})
    return True


def _phone(draft: Draft, rest: str, value: str) -> bool:
    if rest == "primary" and _prefer(draft, value):
        return True
    draft.add("TEL", {"number": value, **PHONES[rest]})
    return True


def _prefer(draft: Draft, number: str) -> bool:
    """Mark the phone that is there already as the primary one."""
    for entry in draft.card.get("phones", {}).values():
        if entry["number"] == number:
            entry["pref"] = 1
            return True
    return False


def _address(draft: Draft, rest: str, value: str) -> bool:
    where, _, part = rest.partition(".")
    draft.address(where, part, value)
    return True


def _link(draft: Draft, rest: str, value: str) -> bool:
    draft.add("URL", {"uri": value} | ({} if rest == "other" else {"contexts": {rest: True}}))
    return True


def _account(draft: Draft, rest: str, value: str) -> bool:
    member = "uri" if rest == "linkedin" else "user"
    draft.add("IMPP", {"service": SERVICES[rest], member: value})
    return True


def _related(draft: Draft, rest: str, value: str) -> bool:
    # A comma may stand within a name; of children there may be several.
    for who in _SEPARATOR.split(value) if rest == "child" else value.split(";"):
        if who.strip():
            draft.related(RELATIONS[rest], who.strip())
    return True


def _keywords(draft: Draft, _: str, value: str) -> bool:
    for word in _SEPARATOR.split(value):
        if word.strip():
            draft.keyword(word.strip())
    return True


def _date(draft: Draft, rest: str, value: str) -> bool:
    found = dates.read(value)
    if found is not None:
        draft.anniversary(rest, found)
    return found is not None or dates.is_none(value)


def _hobby(draft: Draft, _: str, value: str) -> bool:
    draft.add("HOBBY", {"kind": "hobby", "value": value})
    return True


def _note(draft: Draft, _: str, value: str) -> bool:
    draft.add("NOTE", {"note": value})
    return True


_FAMILIES: dict[str, Family] = {
    "account": _account,
    "address": _address,
    "date": _date,
    "email": _email,
    "hobby": _hobby,
    "job": _job,
    "keywords": _keywords,
    "link": _link,
    "name": _name,
    "nickname": _nickname,
    "note": _note,
    "org": _organization,
    "phone": _phone,
    "related": _related,
}
