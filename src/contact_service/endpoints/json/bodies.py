"""JSON in requests, decoded once into its type; what is wrong is told by place, never by repeating it (law 9).

Not JSON: 400 with the byte. JSON of another shape, a NUL, half of a surrogate pair: 422 with the path or byte.
"""

import re
from typing import Any, TypeVar

import msgspec

from contact_service.actions.idempotency import Answer
from contact_service.model.problem import Malformed, Unprocessable

T = TypeVar("T")
ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_PATH = re.compile(r" - at (`key` in )?`(\$[^`]*)`$")
_encoder = msgspec.json.Encoder()
_raw = msgspec.json.Decoder(msgspec.Raw)


def read(decoder: msgspec.json.Decoder[T], raw: bytes, *, whole: bool = True) -> T:
    """The body as its type; `whole` False: its items are looked at for NUL one by one.

    Raises Malformed (400), Unprocessable (422).
    """
    try:
        found = decoder.decode(raw)
    except ERRORS as error:
        raise refusal(error, raw) from None
    if whole and b"\\u0000" in raw:
        _refuse_escapes(raw)
    return found


def card(raw: bytes) -> bytes:
    """A body that is one card, its bytes kept: it is JSON in UTF-8, what it says is for the action to judge.

    Raises Malformed (400), Unprocessable (422).
    """
    read(_raw, raw, whole=False)
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise refusal(error, raw) from None
    return raw


def refusal(error: Exception, raw: bytes) -> Malformed | Unprocessable:
    """The Problem for what a decoder raised on `raw`."""
    if isinstance(error, msgspec.ValidationError):
        return Unprocessable(place(error))
    if isinstance(error, RecursionError):
        return Malformed("The body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return Malformed("The body is not UTF-8.")
    if b"\\u" in raw:
        try:
            _refuse_escapes(raw)
        except Unprocessable as found:
            return found
    if not raw.strip():
        return Malformed("The body is empty; JSON was expected.")
    where = str(error).rpartition("(byte ")[2]
    byte = where.rstrip(")") if where.rstrip(")").isdigit() else str(len(raw))
    return Malformed(f"Not JSON at byte {byte}.")


def place(error: msgspec.ValidationError) -> str:
    """Where and what, in the decoder's words: types, our own members, positions; never a value or key."""
    text = str(error)
    found = _PATH.search(text)
    path, reason = (found[2], text[: found.start()]) if found else ("$", text)
    if reason.startswith("Invalid enum value"):
        reason = "not one of the accepted words"  # the decoder's own words repeat the value
    return f"{path}: {reason}".replace("`", "")


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """`value` as JSON."""
    return Answer(status, headers or {}, _encoder.encode(value))


def encode(value: Any) -> bytes:
    """`value` as JSON, to be put into a larger answer."""
    return _encoder.encode(value)


def _refuse_escapes(raw: bytes) -> None:
    r"""Raises Unprocessable (422) for an escaped NUL or half of a surrogate pair, which no store of ours can hold."""
    high = -1  # where the second half of a pair must begin, -1: none is due
    for match in _ESCAPE.finditer(raw):
        code = int(match[1], 16) if match[1] else -1
        if code == 0:
            raise Unprocessable(f"byte {match.start()}: holds a NUL")
        low = 0xDC00 <= code <= 0xDFFF
        if low != (high == match.start()):
            raise Unprocessable(f"byte {match.start()}: holds half of a surrogate pair")
        high = match.end() if 0xD800 <= code <= 0xDBFF else -1
    if high >= 0:
        raise Unprocessable(f"byte {high}: holds half of a surrogate pair")
