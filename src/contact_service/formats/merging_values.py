"""What an entry of each collection of a Card is known by when two sides are merged (sync.md 3): a phone by E.164, an
address by its folded form, a resource by its URI, all else by its NFC text. RFC 9553 2.
"""

import unicodedata
from collections.abc import Callable, Hashable
from typing import Any

from contact_service.matching import emails
from contact_service.matching.phones import Memo, PhoneNumber
from contact_service.model.merge import encode

_ONCE = frozenset({"birth", "death"})
Value = Callable[[str, Any], Hashable]

SETS = frozenset({"keywords", "members", "relatedTo"})
"""Maps whose key is the value itself."""
UNITS = frozenset({"addresses", "media"})
"""Entries whose members belong together: half an address and half another are none."""


def of(member: str, region: str | None, memo: Memo) -> Value:
    """How entries of `member` are known: equal values for what is the same phone, address, note."""
    if member == "phones":
        return lambda _, entry: _phone(_member(entry, "number"), region, memo)
    if member in SETS:
        return lambda key, _: unicodedata.normalize("NFC", key) if member != "relatedTo" else key
    known = _KNOWN_BY[member]
    return lambda _, entry: known(entry)


def _member(entry: Any, name: str) -> Any:
    return entry.get(name) if isinstance(entry, dict) else None


def _text(value: Any) -> Hashable:
    return unicodedata.normalize("NFC", value.strip()) if isinstance(value, str) else encode(value)


def _by(*names: str) -> Callable[[Any], Hashable]:
    """Known by the first of these members it has; one that has none, by all it says."""

    def known(entry: Any) -> Hashable:
        for name in names:
            found = _member(entry, name)
            if found is not None:
                return name, _text(found)
        return encode(entry)

    return known


def _phone(number: Any, region: str | None, memo: Memo) -> Hashable:
    if not isinstance(number, str):
        return encode(number)
    found = memo.normalise(number, region)
    return (found.e164, found.extension) if isinstance(found, PhoneNumber) else _text(number)


def _email(entry: Any) -> Hashable:
    address = _member(entry, "address")
    folded = emails.canonical(address) if isinstance(address, str) else None
    return folded or _text(address)


def _title(entry: Any) -> Hashable:
    return _member(entry, "kind") == "role", _text(_member(entry, "name"))


def _organization(entry: Any) -> Hashable:
    name = _member(entry, "name")
    return ("name", _text(name)) if name else ("units", encode(_member(entry, "units")))


def _address(entry: Any) -> Hashable:
    full, parts = _member(entry, "full"), _member(entry, "components")
    if not isinstance(parts, list) or not parts:
        return _text(full)
    # Two writers of one address order its parts differently.
    return tuple(sorted(encode([_member(part, "kind"), _member(part, "value")]) for part in parts))


def _account(entry: Any) -> Hashable:
    uri = _member(entry, "uri")
    if uri is not None:
        return "uri", _text(uri)
    service = _member(entry, "service")
    folded = service.casefold() if isinstance(service, str) else ""
    return folded, _text(_member(entry, "user"))


def _anniversary(entry: Any) -> Hashable:
    kind = _member(entry, "kind")
    # There is one of each, so another date is an edit.
    if isinstance(kind, str) and kind in _ONCE:
        return kind
    return encode(kind), encode(_member(entry, "date"))


def _medium(entry: Any) -> Hashable:
    # A card shows one photo, so another is an edit.
    return "photo" if _member(entry, "kind") == "photo" else _by("uri")(entry)


def _trait(entry: Any) -> Hashable:
    return encode(_member(entry, "kind")), _text(_member(entry, "value"))


_KNOWN_BY: dict[str, Callable[[Any], Hashable]] = {
    "nicknames": _by("name"),
    "organizations": _organization,
    "titles": _title,
    "emails": _email,
    "onlineServices": _account,
    "preferredLanguages": _by("language"),
    "calendars": _by("uri"),
    "schedulingAddresses": _by("uri"),
    "addresses": _address,
    "cryptoKeys": _by("uri"),
    "directories": _by("uri"),
    "links": _by("uri"),
    "media": _medium,
    "anniversaries": _anniversary,
    "notes": _by("note"),
    "personalInfo": _trait,
    "pronouns": _by("pronouns"),
}
COLLECTIONS = (_KNOWN_BY.keys() - {"pronouns"}) | SETS | {"phones"}
"""Members of a Card that are maps of entries; `pronouns` is one inside `speakToAs`."""
