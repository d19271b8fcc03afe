"""The numbered columns of Google's CSV: an e-mail address, a phone, an address each, with its label."""

import re
from collections.abc import Callable
from typing import Any

from contact_service.formats.csv import dates, google_labels
from contact_service.formats.csv.draft import Draft

Parts = dict[str, str]
Family = Callable[[Draft, str, Parts], bool]
"""Adds an entry, named like its columns, of its parts; False for one that a Card has no place for."""

EVENTS = {"birthday": "birth", "anniversary": "wedding", "death": "death"}
RELATIONS = frozenset(
    "spouse child parent friend sibling kin neighbor colleague co-worker contact acquaintance emergency agent".split()
)
"""Relations of RFC 9553's registry (RFC 6350 6.6.6) that labels name in their own words."""
ACCOUNT = re.compile(r"IM(?: \((.+)\))?", re.DOTALL)
"""How an account is called among the custom fields, since Google has no column for it."""
_ADDRESS = ("full", "street", "locality", "pobox", "region", "postcode", "country", "extended")


def add(draft: Draft, family: str, entry: str, parts: Parts) -> bool:
    """Put an entry of that family into the draft; False for one that is to be kept beside the Card."""
    return _FAMILIES[family](draft, entry, parts) if family in _FAMILIES else False


def _each(
    draft: Draft, parts: Parts, prop: str, member: str, table: dict[str, dict[str, Any]]
) -> bool:
    values = google_labels.split(parts.get("value", ""))
    for at, value in enumerate(values):
        said = google_labels.read(parts.get("label", ""), table)
        if at:
            said.pop("pref", None)
        draft.add(prop, {member: value, **said})
    return bool(values)


def _email(draft: Draft, _: str, parts: Parts) -> bool:
    return _each(draft, parts, "EMAIL", "address", google_labels.EVERYWHERE) or _empty(parts)


def _phone(draft: Draft, _: str, parts: Parts) -> bool:
    return _each(draft, parts, "TEL", "number", google_labels.PHONES) or _empty(parts)


def _website(draft: Draft, _: str, parts: Parts) -> bool:
    return _each(draft, parts, "URL", "uri", google_labels.EVERYWHERE) or _empty(parts)


def _empty(parts: Parts) -> bool:
    """Google writes a label without a value for what was emptied: it says nothing."""
    return "value" not in parts


def _address(draft: Draft, entry: str, parts: Parts) -> bool:
    lists = {part: google_labels.split(parts[part]) for part in _ADDRESS if part in parts}
    said = google_labels.read(parts.get("label", ""), google_labels.ADDRESSES)
    for at in range(max(map(len, lists.values()), default=0)):
        where = f"{entry}.{at}"
        for part, values in lists.items():
            if at < len(values):
                draft.address(where, part, values[at])
        for context in said.get("contexts", ()):
            draft.address(where, "context", context)
        if "label" in said:
            draft.address(where, "label", said["label"])
        if "pref" in said and not at:
            draft.address(where, "pref", "1")
    return True


def _organization(draft: Draft, _: str, parts: Parts) -> bool:
    names, units = (google_labels.split(parts.get(part, "")) for part in ("name", "unit"))
    draft.organization(names, units)
    for prop, kind in (("TITLE", "title"), ("ROLE", "role")):
        for one in google_labels.split(parts.get(kind, "")):
            draft.add(prop, {"name": one, "kind": kind})
    return True


def _relation(draft: Draft, _: str, parts: Parts) -> bool:
    label = parts.get("label", "").removeprefix("*").strip()
    known = label.casefold() if label.casefold() in RELATIONS else label
    for who in google_labels.split(parts.get("value", "")):
        draft.related(known, who)
    return True


def _event(draft: Draft, _: str, parts: Parts) -> bool:
    kind = EVENTS.get(parts.get("label", "").removeprefix("*").strip().casefold())
    found = dates.read(parts.get("value", ""))
    if kind is None or found is None:
        return False
    draft.anniversary(kind, found)
    return True


def _account(draft: Draft, _: str, parts: Parts) -> bool:
    for value in google_labels.split(parts.get("value", "")):
        entry = {"service": parts["service"]} if "service" in parts else {}
        said = google_labels.read(parts.get("label", ""), google_labels.EVERYWHERE)
        draft.add("IMPP", {**entry, "user": value, **said})
    return True


def _custom(draft: Draft, _: str, parts: Parts) -> bool:
    """The owner's own fields are kept beside the Card, but for those that our export made of other members."""
    label, value = parts.get("label", ""), parts.get("value", "")
    match = ACCOUNT.fullmatch(label)
    if match and value:
        entry = {"service": match[1]} if match[1] else {}
        draft.add("IMPP", entry | {"uri" if is_uri(value) else "user": value})
    elif label == "Role" and value:
        draft.add("ROLE", {"name": value, "kind": "role"})
    elif label == "Hobby" and value:
        draft.add("HOBBY", {"kind": "hobby", "value": value})
    else:
        return False
    return True


def is_uri(value: str) -> bool:
    """Whether an account is named by a URI."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S", value) is not None


_FAMILIES: dict[str, Family] = {
    "E-mail": _email,
    "Phone": _phone,
    "Website": _website,
    "Address": _address,
    "Organization": _organization,
    "Relation": _relation,
    "Event": _event,
    "Custom Field": _custom,
    "IM": _account,
}
