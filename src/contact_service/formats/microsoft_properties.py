"""Properties of a Microsoft Graph contact as parts of a Card: the transforms that mappings/microsoft.toml names."""

import re
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from contact_service.formats.mapping import Transform

NO_YEAR = 1604
"""What clients write where no year is known; the year 1 stands for no date at all."""
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
# Outlook has one street field; RFC 9555 2.7.1 puts such a one in `name`.
ADDRESS = {
    "street": "name",
    "city": "locality",
    "state": "region",
    "postalCode": "postcode",
    "countryOrRegion": "country",
}
"""The parts of a `physicalAddress`, and the kind of component each becomes."""


class Address(msgspec.Struct, frozen=True, rename="camel"):
    """`physicalAddress`."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country_or_region: str | None = None


class Email(msgspec.Struct, frozen=True):
    """`emailAddress`. `name` is what Outlook shows, mostly the contact's name."""

    address: str | None = None
    name: str | None = None


def _add(card: dict[str, Any], member: str, entry: dict[str, Any]) -> dict[str, Any]:
    entries = card.setdefault(member, {})
    entries[f"{member[0]}{len(entries) + 1}"] = entry
    return entry


def _text(value: Any) -> str:
    return _lines(msgspec.convert(value, str))


def _lines(text: str) -> str:
    """With the line breaks that a Card has."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _texts(value: Any) -> list[str]:
    return [text for text in msgspec.convert(value, list[str | None]) if text]


def _named(kind: str) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        name = card.setdefault("name", {})
        name.setdefault("components", []).append({"kind": kind, "value": _text(value)})

    return put


def _phonetic(kind: str) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        spoken = _text(value)
        for component in card.get("name", {}).get("components", ()):
            if component["kind"] == kind:
                component["phonetic"] = spoken
                # As in formats/vcard/map_person.py: nothing tells the script.
                card["name"]["phoneticScript"] = "Zyyy"

    return put


def _full_name(value: Any, card: dict[str, Any]) -> None:
    card.setdefault("name", {})["full"] = _text(value)


def _entry(member: str, key: str, **more: Any) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        _add(card, member, {key: _text(value), **more})

    return put


def _department(value: Any, card: dict[str, Any]) -> None:
    entry = card.setdefault("organizations", {}).setdefault("o1", {})
    entry["units"] = [{"name": _text(value)}]


def _phonetic_company(value: Any, card: dict[str, Any]) -> None:
    spoken = _text(value)
    entry = card.get("organizations", {}).get("o1", {})
    if "name" in entry:
        entry["sortAs"] = spoken


def _emails(value: Any, card: dict[str, Any]) -> None:
    for one in msgspec.convert(value, list[Email | None]):
        if one is not None:
            _email_of(one, card)


def _email(value: Any, card: dict[str, Any]) -> None:
    _email_of(msgspec.convert(value, Email), card)


def _preferred_email(value: Any, card: dict[str, Any]) -> None:
    entry = _email_of(msgspec.convert(value, Email), card)
    if entry is not None:
        entry["pref"] = 1


def _email_of(one: Email, card: dict[str, Any]) -> dict[str, Any] | None:
    """The entry of that address: a slot by name repeats what the list has."""
    address = (one.address or "").strip()
    if not address:
        return None
    for entry in card.get("emails", {}).values():
        if entry["address"] == address:
            found: dict[str, Any] = entry
            return found
    return _add(card, "emails", {"address": address})


def _phones(context: str) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        for number in _texts(value):
            _add(card, "phones", {"number": number, "contexts": {context: True}})

    return put


def _online_services(value: Any, card: dict[str, Any]) -> None:
    for one in _texts(value):
        _add(card, "onlineServices", {"uri" if _URI.match(one) else "user": one})


def _address(*contexts: str) -> Transform:
    said: dict[str, Any] = {"contexts": dict.fromkeys(contexts, True)} if contexts else {}

    def put(value: Any, card: dict[str, Any]) -> None:
        told = msgspec.to_builtins(msgspec.convert(value, Address))
        components = [
            {"kind": kind, "value": _lines(told[name])}
            for name, kind in ADDRESS.items()
            if told[name]
        ]
        if components:
            _add(card, "addresses", {"components": components, **said})

    return put


def _birthday(value: Any, card: dict[str, Any]) -> None:
    day = _utc(value).date()
    if day == date.min:
        return
    found = {"month": day.month, "day": day.day}
    if day.year != NO_YEAR:
        found = {"year": day.year, **found}
    _add(card, "anniversaries", {"kind": "birth", "date": found})


def _created(value: Any, card: dict[str, Any]) -> None:
    card["created"] = _utc(value).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _utc(value: Any) -> datetime:
    """Raises ValueError."""
    moment = datetime.fromisoformat(_text(value))
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("no such date") from None


def _related(relation: str) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        for name in _texts(value if isinstance(value, list) else [value]):
            entry = card.setdefault("relatedTo", {}).setdefault(name, {"relation": {}})
            entry["relation"][relation] = True

    return put


def _keywords(value: Any, card: dict[str, Any]) -> None:
    found = dict.fromkeys(_texts(value), True)
    if found:
        card["keywords"] = found


TRANSFORMS: dict[str, Transform] = {
    "full_name": _full_name,
    "name_title": _named("title"),
    "name_given": _named("given"),
    "name_middle": _named("given2"),
    "name_surname": _named("surname"),
    "name_generation": _named("generation"),
    "phonetic_given": _phonetic("given"),
    "phonetic_surname": _phonetic("surname"),
    "nickname": _entry("nicknames", "name"),
    "company": _entry("organizations", "name"),
    "department": _department,
    "phonetic_company": _phonetic_company,
    "job_title": _entry("titles", "name", kind="title"),
    "role": _entry("titles", "name", kind="role"),
    "emails": _emails,
    "preferred_email": _preferred_email,
    "email": _email,
    "mobile_phone": _entry("phones", "number", features={"mobile": True}),
    "work_phones": _phones("work"),
    "private_phones": _phones("private"),
    "online_services": _online_services,
    "work_address": _address("work"),
    "private_address": _address("private"),
    "address": _address(),
    "link": _entry("links", "uri"),
    "birthday": _birthday,
    "spouse": _related("spouse"),
    "children": _related("child"),
    "assistant": _related("agent"),
    "note": _entry("notes", "note"),
    "keywords": _keywords,
    "created": _created,
}
