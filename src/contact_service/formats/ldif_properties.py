"""What becomes of an attribute of an LDIF entry: the transforms that mappings/ldif.toml names.

A value that finds no room, such as a second name, is left over: it goes to the residue of its attribute.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_X500, uuid5

import msgspec

from contact_service.formats.mapping import Transform

_HEX = re.compile(r"\\([0-9A-Fa-f]{2})")
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)\b")
_ORDER = (
    "postOfficeBox",
    "building",
    "room",
    "name",
    "apartment",
    "locality",
    "region",
    "postcode",
    "country",
)
LEFT = "\0left"
"""Where leftovers stand in the Card under construction."""
Entry = dict[str, Any]


class Values(msgspec.Struct, frozen=True):
    """The values of one attribute, in order; bytes are binary."""

    name: str
    items: list[str | bytes]

    @property
    def texts(self) -> list[str]:
        """Those that say something. Raises ValueError when one is binary."""
        if any(isinstance(item, bytes) for item in self.items):
            raise ValueError
        return [item.strip() for item in self.items if isinstance(item, str) and item.strip()]


def uid_of(dn: str) -> str:
    """The uid of the entry of that name (RFC 9562 5.5): the same in each export, and groups find their members."""
    parts = (part.strip().lower() for part in dn.split(","))
    return f"urn:uuid:{uuid5(NAMESPACE_X500, ','.join(parts))}"


def _leave(card: dict[str, Any], name: str, values: list[str]) -> None:
    if values:
        card.setdefault(LEFT, {}).setdefault(name, []).extend(values)


def _add(card: dict[str, Any], member: str, entry: Entry) -> None:
    entries = card.setdefault(member, {})
    if entry not in entries.values():
        entries[f"{member[0]}{len(entries) + 1}"] = entry


def _full_name(values: Values, card: dict[str, Any]) -> None:
    for text in values.texts:
        name = card.setdefault("name", {})
        if name.setdefault("full", text) != text:
            _leave(card, values.name, [text])


def _component(kind: str) -> Transform:
    def put(values: Values, card: dict[str, Any]) -> None:
        name = card.setdefault("name", {})
        parts = name.setdefault("components", [])
        for text in values.texts:
            if any(part["kind"] == kind for part in parts):
                known = {part["value"] for part in parts}
                _leave(card, values.name, [text] if text not in known else [])
            else:
                parts.append({"kind": kind, "value": text})

    return put


def _sort_as(values: Values, card: dict[str, Any]) -> None:
    parts = card.get("name", {}).get("components", ())
    if any(part["kind"] == "surname" for part in parts):
        card["name"]["sortAs"] = {"surname": values.texts[0]} if values.texts else {}
    else:
        _leave(card, values.name, values.texts)


def _entries(member: str, key: str, **fixed: Any) -> Transform:
    """Each value an entry of that map."""

    def put(values: Values, card: dict[str, Any]) -> None:
        for text in values.texts:
            _add(card, member, {key: text, **fixed})

    return put


def _phone(feature: str = "", context: str = "", label: str = "", **more: Any) -> Transform:
    fixed: Entry = dict(more)
    if feature:
        fixed["features"] = {feature: True}
    if context:
        fixed["contexts"] = {context: True}
    if label:
        fixed["label"] = label
    return _entries("phones", "number", **fixed)


def _company(values: Values, card: dict[str, Any]) -> None:
    for text in values.texts:
        _add(card, "organizations", {"name": text})


def _department(values: Values, card: dict[str, Any]) -> None:
    company = card.setdefault("organizations", {}).setdefault("o1", {})
    units = company.setdefault("units", [])
    units.extend({"name": text} for text in values.texts if {"name": text} not in units)


def _part(where: str, context: str, kind: str) -> Transform:
    """A component of the address at work or at home."""

    def put(values: Values, card: dict[str, Any]) -> None:
        address = card.setdefault("addresses", {}).setdefault(where, {"contexts": {context: True}})
        for text in values.texts:
            if kind == "country" and len(text) == 2 and text.isascii() and text.isalpha():
                address["countryCode"] = text.upper()
                continue
            parts = address.setdefault("components", [])
            if {"kind": kind, "value": text} not in parts:
                parts.append({"kind": kind, "value": text})
                parts.sort(key=lambda part: _ORDER.index(part["kind"]))

    return put


def _postal(*contexts: str) -> Transform:
    r"""A whole address: lines between `$`, with `\24` and `\5C` (RFC 4517 3.3.28)."""

    def put(values: Values, card: dict[str, Any]) -> None:
        for text in values.texts:
            lines = (
                _HEX.sub(lambda m: chr(int(m[1], 16)), line.strip()) for line in text.split("$")
            )
            entry: Entry = {"full": "\n".join(filter(None, lines))}
            if contexts:
                entry["contexts"] = dict.fromkeys(contexts, True)
            _add(card, "addresses", entry)

    return put


def _link(values: Values, card: dict[str, Any]) -> None:
    """`uri label` (RFC 2079)."""
    for text in values.texts:
        uri, _, label = text.partition(" ")
        _add(card, "links", {"uri": uri, "label": label.strip()} if label.strip() else {"uri": uri})


def _date(kind: str) -> Transform:
    def put(values: Values, card: dict[str, Any]) -> None:
        for text in values.texts:
            found = _DATE.match(text)
            if found is None or not _is_day(*found.groups()):
                _leave(card, values.name, [text])
                continue
            year, month, day = map(int, found.groups())
            date = {"year": year, "month": month, "day": day}
            _add(card, "anniversaries", {"kind": kind, "date": date})

    return put


def _is_day(year: str, month: str, day: str) -> bool:
    return int(year) > 0 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _birth(part: str, most: int) -> Transform:
    """A part of the birthday; it waits in the Card until the others are known."""

    def put(values: Values, card: dict[str, Any]) -> None:
        for text in values.texts:
            if not (text.isascii() and text.isdecimal() and 1 <= int(text[:5]) <= most):
                _leave(card, values.name, [text] if text != "0" else [])
                continue
            born = card.setdefault("anniversaries", {}).setdefault("birth", {"kind": "birth"})
            born.setdefault("date", {}).setdefault(part, int(text))

    return put


def _related(relation: str) -> Transform:
    def put(values: Values, card: dict[str, Any]) -> None:
        for text in values.texts:
            card.setdefault("relatedTo", {})[text] = {"relation": {relation: True}}

    return put


def _language(values: Values, card: dict[str, Any]) -> None:
    """As in Accept-Language: `fr, en-gb;q=0.8`."""
    tags = [tag.partition(";")[0].strip() for text in values.texts for tag in text.split(",")]
    for pref, tag in enumerate(filter(None, tags), 1):
        _add(card, "preferredLanguages", {"language": tag, "pref": min(pref, 100)})


def _keywords(values: Values, card: dict[str, Any]) -> None:
    for text in values.texts:
        words = filter(None, (word.strip() for word in text.split(",")))
        card.setdefault("keywords", {}).update(dict.fromkeys(words, True))


def _custom(values: Values, card: dict[str, Any]) -> None:
    """Thunderbird's own name for them in a vCard."""
    name = f"x-custom{values.name[-1]}"
    card.setdefault("vCardProps", []).extend([name, {}, "text", text] for text in values.texts)


def _binary(member: str, kind: str, media: str) -> Transform:
    def put(values: Values, card: dict[str, Any]) -> None:
        for item in values.items:
            if isinstance(item, bytes) and item:
                uri = f"data:{media};base64,{b64encode(item).decode()}"
                _add(card, member, {"uri": uri, **({"kind": kind} if kind else {})})
            elif isinstance(item, str):
                _leave(card, values.name, [item] if item.strip() else [])

    return put


def _members(values: Values, card: dict[str, Any]) -> None:
    card.setdefault("members", {}).update({uid_of(dn): True for dn in values.texts})


_PARTS = {
    "room": "room", "building": "building", "post_office_box": "postOfficeBox", "street": "name",
    "extension": "apartment", "locality": "locality", "region": "region", "postcode": "postcode",
    "country": "country",
}  # fmt: skip
TRANSFORMS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "full_name": _full_name,
    **{f"name_{kind}": _component(kind) for kind in ("title", "given", "surname", "generation")},
    "nickname": _entries("nicknames", "name"),
    "sort_as": _sort_as,
    "email": _entries("emails", "address"),
    "phone": _phone(),
    "phone_preferred": _phone(pref=1),
    "phone_work": _phone("voice", "work"),
    "phone_private": _phone("voice", "private"),
    "phone_mobile": _phone("mobile"),
    "phone_car": _phone("voice", label="Car"),
    "phone_pager": _phone("pager"),
    "phone_fax_work": _phone("fax", "work"),
    "phone_fax_private": _phone("fax", "private"),
    "phone_fax": _phone("fax"),
    "phone_assistant": _phone("voice", label="Assistant"),
    "phone_callback": _phone("voice", label="Callback"),
    "phone_radio": _phone("voice", label="Radio"),
    "phone_tty": _phone("textphone"),
    "phone_isdn": _phone("voice", label="ISDN"),
    "online_aim": _entries("onlineServices", "user", service="AIM"),
    "company": _company,
    "department": _department,
    "job_title": _entries("titles", "name"),
    "role": _entries("titles", "name", kind="role"),
    **{f"work_{name}": _part("work", "work", kind) for name, kind in _PARTS.items()},
    **{f"home_{name}": _part("home", "private", kind) for name, kind in list(_PARTS.items())[3:]},
    "postal_work": _postal("work"),
    "postal_private": _postal("private"),
    "postal": _postal(),
    "link": _link,
    "link_work": _entries("links", "uri", contexts={"work": True}),
    "link_private": _entries("links", "uri", contexts={"private": True}),
    "calendar": _entries("calendars", "uri", kind="calendar"),
    "free_busy": _entries("calendars", "uri", kind="freeBusy"),
    "birth": _date("birth"),
    "birth_year": _birth("year", 9999),
    "birth_month": _birth("month", 12),
    "birth_day": _birth("day", 31),
    "wedding": _date("wedding"),
    "spouse": _related("spouse"),
    "assistant": _related("agent"),
    "language": _language,
    "note": _entries("notes", "note"),
    "keywords": _keywords,
    "custom": _custom,
    "photo": _binary("media", "photo", "image/jpeg"),
    "certificate": _binary("cryptoKeys", "", "application/pkix-cert"),
    "certificate_smime": _binary("cryptoKeys", "", "application/pkcs7-mime"),
    "members": _members,
}
