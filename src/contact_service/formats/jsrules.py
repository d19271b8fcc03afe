"""The rules of RFC 9553 that a typed decode does not hold, and the way from a decoder's message to InvalidCard (422).

No path names a map's key: user-made keys may hold a number or a name (law 9); `*` stands for them.
"""

import re
from json import loads
from typing import Any

import msgspec

from contact_service.model.card import Fields
from contact_service.model.problem import InvalidCard

MAX_BYTES = 262_144
MAX_DEPTH = 32

_ID = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_AS_BRACES = bytes.maketrans(b"[]", b"{}")
_NO_STRUCTURE = bytes(code for code in range(256) if code not in b'{}[]"\\')
# An escaped NUL or half of a surrogate pair, only where the backslash itself is not escaped.
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_AT = re.compile(r"^(?P<reason>.*) - at (?P<key>`key` in )?`\$(?P<path>.*)`$", re.DOTALL)


def check(fields: Fields) -> None:
    """Hold what the types cannot: `@type`, a filled uid, Id keys (RFC 9553 1.4.1). Raises InvalidCard (422)."""
    if fields.type_ is not None and fields.type_ != "Card":
        raise InvalidCard("/@type", "must be Card")
    if fields.uid is not None and not fields.uid:
        raise InvalidCard("/uid", "must not be empty")
    if fields.phones:
        _ids("phones", fields.phones)
    if fields.emails:
        _ids("emails", fields.emails)
    if fields.organizations:
        _ids("organizations", fields.organizations)
    if _has_rarer(fields):
        _check_rarer(fields)


def _has_rarer(fields: Fields) -> bool:
    return bool(
        fields.addresses
        or fields.titles
        or fields.notes
        or fields.nicknames
        or fields.online_services
        or fields.anniversaries
        or fields.links
        or fields.media
    )


def _check_rarer(fields: Fields) -> None:
    for name, entries in (
        ("addresses", fields.addresses),
        ("titles", fields.titles),
        ("notes", fields.notes),
        ("nicknames", fields.nicknames),
        ("onlineServices", fields.online_services),
        ("anniversaries", fields.anniversaries),
        ("links", fields.links),
        ("media", fields.media),
    ):
        if entries:
            _ids(name, entries)


def _ids(name: str, entries: dict[str, Any]) -> None:
    for key in entries:
        # isalnum is the quick yes; it takes letters of other scripts, so it needs isascii beside it.
        if not (key.isalnum() and key.isascii()) and not _ID.fullmatch(key):
            raise InvalidCard(f"/{name}/*", "a key is 1-255 of A-Z a-z 0-9 _ -")


def invalid(error: Exception) -> InvalidCard:
    """The Problem for what a decoder raised: msgspec's path as a JSON Pointer, keys replaced by `*`."""
    if isinstance(error, RecursionError):
        return InvalidCard("", f"nested deeper than {MAX_DEPTH}")
    if isinstance(error, UnicodeDecodeError):
        return InvalidCard("", "not valid UTF-8")
    match = _AT.match(str(error))
    if match is None:
        return InvalidCard("", str(error).replace("`", ""))
    path = match["path"].replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
    if match["key"]:
        path += "/*"
    return InvalidCard(path, match["reason"].replace("`", ""))


def check_depth(raw: bytes) -> None:
    """Raises InvalidCard (422) for objects and arrays of valid JSON nested deeper than 32; linear, no recursion."""
    rest = raw.translate(_AS_BRACES, _NO_STRUCTURE).replace(b'""', b"")
    if b'"' in rest or b"\\" in rest:  # some string holds brackets or quotes itself
        rest = _STRING.sub(b"", raw).translate(_AS_BRACES, _NO_STRUCTURE)
    for _ in range(MAX_DEPTH):
        if not rest:
            return
        rest = rest.replace(b"{}", b"")  # takes the innermost level off, everywhere at once
    if rest:
        raise InvalidCard("", f"nested deeper than {MAX_DEPTH}")


def check_escapes(raw: bytes) -> None:
    r"""Raises InvalidCard (422) for `\u0000` and lone surrogates: PostgreSQL, UTF-8 cannot hold them."""
    high = -1  # where the second half of a pair must begin, -1: none is due
    for match in _ESCAPE.finditer(raw):
        code = int(match[1], 16) if match[1] else -1
        if code == 0:
            raise InvalidCard("", "holds a NUL")
        low = 0xDC00 <= code <= 0xDFFF
        if low != (high == match.start()):
            raise InvalidCard("", "holds half of a surrogate pair")
        if not low and high >= 0:
            raise InvalidCard("", "holds half of a surrogate pair")
        high = match.end() if 0xD800 <= code <= 0xDBFF else -1
    if high >= 0:
        raise InvalidCard("", "holds half of a surrogate pair")


def check_members(raw: bytes) -> None:
    """Raises InvalidCard (422) when a top-level member is there twice: readers differ then. Depth is checked before."""
    names: list[str] = loads(raw, object_pairs_hook=_names, parse_int=str, parse_float=str)
    if len(set(names)) != len(names):
        raise InvalidCard("", "a member stands there twice")


def untyped(card_json: bytes) -> dict[str, Any]:
    """A stored card as plain values. Numbers no machine holds (`1e400`) are accepted unread on the way in; here they
    become the nearest float there is.
    """
    try:
        found: dict[str, Any] = msgspec.json.decode(card_json)
    except msgspec.ValidationError:
        found = loads(card_json, parse_int=_number)
    return found


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float(digits)


def _names(pairs: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in pairs]
