"""What a request asks, beside its body: query string, conditions, ids in the path. A wrong value is a Problem."""

import re
from urllib.parse import unquote_to_bytes

from contact_service.model.problem import InvalidParameter

DEFAULT_LIMIT = 200
MOST_LIMIT = 1000
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def query(raw: bytes) -> dict[str, str]:
    """The parameters of a query string (application/x-www-form-urlencoded, UTF-8).

    Raises InvalidParameter (422): not UTF-8, a NUL, one parameter twice.
    """
    found: dict[str, str] = {}
    for pair in raw.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        key = _text(name, "query")
        if key in found:
            raise InvalidParameter("query", "a parameter stands there twice")
        # Named by our own table's word only: another one's name may be anything, and is not repeated.
        found[key] = _text(value, "query")
    return found


def _text(raw: bytes, where: str) -> str:
    if b"%" in raw or b"+" in raw:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidParameter(where, "not UTF-8") from None
    if "\x00" in text:
        raise InvalidParameter(where, "holds a NUL")
    return text


def limit(text: str | None) -> int:
    """`?limit=`: 1 to 1000, 200 when absent. Raises InvalidParameter (422)."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_LIMIT):
        raise InvalidParameter("limit", f"a whole number, 1 to {MOST_LIMIT}")
    return int(text)


def flag(name: str, text: str | None) -> bool | None:
    """`true` or `false`; None when absent. Raises InvalidParameter (422)."""
    if text is None:
        return None
    if text not in {"true", "false"}:
        raise InvalidParameter(name, "true or false")
    return text == "true"


def region(text: str | None, name: str = "region") -> str | None:
    """An ISO 3166-1 code of two letters, in capitals. Raises InvalidParameter (422)."""
    if text is None:
        return None
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise InvalidParameter(name, "an ISO 3166 code of two letters, such as US")
    return text.upper()


def device(sent: bytes | None) -> str | None:
    """The X-Device header: what the app calls the device, for the history; 64 printable characters are kept of it."""
    if sent is None:
        return None
    text = sent.decode("utf-8", "replace")
    return "".join(filter(str.isprintable, text))[:64] or None


def unchanged(if_none_match: bytes | None, etag: str) -> bool:
    """Whether If-None-Match names this tag: weak comparison, `*` is any (RFC 9110 13.1.2)."""
    if if_none_match is None:
        return False
    sent = if_none_match.decode("latin-1").strip()
    if sent in {etag, "*"}:
        return True
    opaque = etag.removeprefix("W/").strip('"')
    return any(tag == opaque for _, tag in _TAG.findall(sent))


def strong(if_match: bytes | None) -> list[str]:
    """The strong tags of If-Match, `*` as it is; an unreadable header names a tag nothing has (RFC 9110 13.1.1)."""
    if if_match is None:
        return []
    sent = if_match.decode("latin-1").strip()
    if sent == "*":
        return ["*"]
    return [f'"{tag}"' for weak, tag in _TAG.findall(sent) if not weak] or ['"?"']
