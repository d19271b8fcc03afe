"""Archives that Facebook and X give their users: friends and followers are edges, address books are contacts."""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec

from contact_service.formats import jscontact, json_stream
from contact_service.formats.files import decoding, reasons
from contact_service.formats.files.cards import broken
from contact_service.formats.json_stream import Element
from contact_service.model.imports import NO_UID, Edge, Place, Reject, Upsert
from contact_service.model.problem import Problem

Change = Upsert | Reject | Edge
FACEBOOK = re.compile(
    r'"(friends)(?:_v2)?"\s*:\s*\[|"(?:address_book)(?:_v2)?"\s*:\s*(?:\{\s*"address_book"\s*:\s*)?\['
)
X = re.compile(r"window\.YTD\.(\w+)\.part\d+\s*=\s*\[")
X_KINDS = frozenset({"follower", "following", "contact"})
"""Lists of an X archive that are about other people."""


def read_facebook(stream: BinaryIO, charset: str) -> Iterator[Change]:
    """The lists of `your_friends.json` and `your_address_books.json`, both in one file too."""
    elements = json_stream.lists(decoding.text(stream, charset), FACEBOOK, _is_of_facebook)
    for index, element in enumerate(elements):
        read = _friend if element.kind else _address_book_entry
        yield _change(element, Place(index, element.line), charset, read)


def read_x(stream: BinaryIO, charset: str) -> Iterator[Change]:
    """`follower.js`, `following.js`, `contact.js`, parts of them, or several joined."""
    elements = json_stream.lists(decoding.text(stream, charset), X, _is_of_x)
    for index, element in enumerate(one for one in elements if one.kind in X_KINDS):
        yield _change(element, Place(index, element.line), charset, _of_x)


def mended(value: str) -> str:
    """Facebook writes each byte of UTF-8 as a character of its own; undone once, if that is what it is."""
    try:
        found = value.encode("latin-1").decode()
    except UnicodeError:
        return value
    return value if "\ufffd" in found else found


def _is_of_facebook(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def _is_of_x(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in X_KINDS


def _change(
    element: Element, place: Place, charset: str, read: Callable[[Element, Place], Change]
) -> Change:
    raw = decoding.received(element.text, charset)
    refused = broken(element, place, raw)
    if refused:
        return refused
    try:
        made = read(element, place)
    except Problem as problem:
        return reasons.refused(place, problem, raw)
    except (ValueError, TypeError, KeyError, AttributeError):
        return reasons.reject(place, "wrong-type", raw)
    return msgspec.structs.replace(made, raw=raw) if isinstance(made, Reject) else made


def _friend(element: Element, place: Place) -> Change:
    name = _text(element.value["name"])
    if not name:
        return reasons.reject(place, "no-content")
    return Edge("facebook", "friend", name)


def _address_book_entry(element: Element, place: Place) -> Change:
    points = [_text(one["contact_point"]) for one in element.value.get("details", ())]
    emails = [point for point in points if "@" in point]
    phones = [point for point in points if point and "@" not in point]
    kept = {key: value for key, value in element.value.items() if key not in {"name", "details"}}
    return _contact(place, _text(element.value.get("name") or ""), emails, phones, kept=kept)


def _of_x(element: Element, place: Place) -> Change:
    told = element.value[element.kind]
    if element.kind != "contact":
        account = _text(told["accountId"])
        return (
            Edge("x", element.kind, "", account) if account else reasons.reject(place, "no-content")
        )
    emails = [_text(one) for one in told.get("emails", ())]
    phones = [_text(one) for one in told.get("phoneNumbers", ())]
    known = {"id", "emails", "phoneNumbers"}
    kept = {key: value for key, value in told.items() if key not in known}
    return _contact(place, "", emails, phones, source=_text(told.get("id") or ""), kept=kept)


def _text(value: Any) -> str:
    """Raises ValueError for what is no text, or holds half of a surrogate pair."""
    if not isinstance(value, str) or not decoding.is_whole(value):
        raise ValueError
    return mended(value).strip()


def _contact(
    place: Place,
    name: str,
    emails: list[str],
    phones: list[str],
    *,
    source: str = "",
    kept: dict[str, Any],
) -> Change:
    card: dict[str, Any] = {"@type": "Card", "version": "1.0", "uid": NO_UID}
    if name:
        card["name"] = {"full": name}
    if any(emails):
        card["emails"] = {
            f"e{n}": {"address": one} for n, one in enumerate(filter(None, emails), 1)
        }
    if any(phones):
        card["phones"] = {f"p{n}": {"number": one} for n, one in enumerate(filter(None, phones), 1)}
    if len(card) == 3:
        return reasons.reject(place, "no-content")
    read = jscontact.read(msgspec.json.encode(card), NO_UID)[0]
    residue = msgspec.json.encode(kept, order="sorted") if kept else b""
    return Upsert(place, source, read, residue=residue)
