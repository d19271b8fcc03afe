"""A single file, no ZIP: what it is by its content, and its records."""

import re
from collections.abc import Callable, Iterator
from json import JSONDecoder
from typing import Any, BinaryIO

from contact_service.formats import csv, ldif
from contact_service.formats.files import (
    archives,
    cards,
    charsets,
    decoding,
    ldifs,
    reasons,
    refusals,
    vcards,
)
from contact_service.formats.files.kinds import Detected
from contact_service.formats.vcard.derive import MAPS
from contact_service.model.imports import Edge, Reject, Upsert

Change = Upsert | Reject | Edge
_HEAD_BYTES = 1 << 16
_NEAR = 4_096
_BEGIN = re.compile(
    r"^[ \t]*(?:\ufeff)?BEGIN[ \t]*:[ \t]*VCARD[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_DN = re.compile(r"^dn:(?::[ \t]*[A-Za-z0-9+/=]+|[ \t]*[\w.-]+=).*$", re.IGNORECASE | re.MULTILINE)
_FACEBOOK = re.compile(
    r'"friends(?:_v2)?"\s*:\s*\[\s*(?:\]|\{\s*"(?:name|timestamp)")|"address_book(?:_v2)?"\s*:\s*[\[{]'
)
_JCARD = re.compile(r'\s*\[\s*(\[\s*)?"vcard"\s*,')
_CARD = re.compile(r'"@type"\s*:\s*"Card"|\A\s*\{[^\[\]]*"contacts"\s*:\s*\[')
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def detect(stream: BinaryIO, owners: str | None) -> Detected:
    """Raises UnsupportedFile (422)."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    found = refusals.of_bytes(head)
    if found:
        raise refusals.refusal(found)
    charset, sample = charsets.of(stream, owners)
    text = _head(stream, charset)
    if not text.strip():
        raise refusals.refusal("empty")
    return Detected(_format(text), charset, sample)


def read(stream: BinaryIO, detected: Detected) -> Iterator[Change]:
    """Every record."""
    charset = detected.charset or "utf-8"
    return _READERS[detected.format](stream, charset)


def _head(stream: BinaryIO, charset: str) -> str:
    pieces = decoding.text(stream, charset)
    head = ""
    while len(head) < _HEAD_BYTES and (piece := next(pieces, None)) is not None:
        head += piece[:_HEAD_BYTES]
    return head


def _format(head: str) -> str:
    near = head[:_NEAR].replace("\r", "\n")
    if _BEGIN.search(near):
        return "vcard"
    if ldif.START.match(head) or _DN.search(near):
        return "ldif"
    if "window.YTD." in near:
        return _of_x(head)
    if head.lstrip()[:1] in {"{", "["}:
        return _of_json(head)
    found = refusals.of_text(head)
    if found or _CONTROLS.search(near) or not csv.looks_like(head):
        raise refusals.refusal(found or "unknown")
    return "csv"


def _of_x(head: str) -> str:
    found = archives.X.search(head)
    if found is None or found[1] not in archives.X_KINDS:
        raise refusals.refusal("x-archive")
    return "x"


def _of_json(head: str) -> str:
    if _JCARD.match(head):
        return "jcard"
    if _FACEBOOK.search(head):
        return "facebook"
    if _CARD.search(head) or _is_card(head.lstrip().removeprefix("[").lstrip()):
        return "jscontact"
    raise refusals.refusal(refusals.of_text(head) or "json")


def _is_card(head: str) -> bool:
    """Whether JSON without `@type` begins with what can be nothing but a Card."""
    try:
        value: Any = JSONDecoder(strict=False).raw_decode(head)[0]
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict):
        return False
    return any(isinstance(value.get(member), dict) for member in (*MAPS, "name"))


def _jscontact(stream: BinaryIO, charset: str) -> Iterator[Change]:
    head = _head(stream, charset).lstrip()
    is_list = head.startswith("[") or re.match(r'\{[^\[\]]*"contacts"\s*:\s*\[', head) is not None
    return cards.read_jscontact(stream, charset, is_list=is_list)


def _jcard(stream: BinaryIO, charset: str) -> Iterator[Change]:
    match = _JCARD.match(_head(stream, charset))
    return cards.read_jcard(stream, charset, is_list=match is not None and match[1] is not None)


def _csv(stream: BinaryIO, charset: str) -> Iterator[Change]:
    pieces = decoding.text(stream, charset)
    for change in csv.read(pieces, lambda text: decoding.received(text, charset)):
        if isinstance(change, Reject) and change.code == "bad-encoding":
            yield reasons.reject(change.place, "undecodable", change.raw, change.name)
        else:
            yield change


_READERS: dict[str, Callable[[BinaryIO, str], Iterator[Change]]] = {
    "vcard": vcards.read,
    "jcard": _jcard,
    "jscontact": _jscontact,
    "csv": _csv,
    "ldif": ldifs.read,
    "facebook": archives.read_facebook,
    "x": archives.read_x,
}
