"""Bytes as text without a loss: a byte that no charset explains becomes a mark, U+DC00 plus the byte.

No text holds such code points, so a record with a mark in it is a reject, never U+FFFD, and `received` gives its bytes
as they came.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

_KEPT = "contact_service.kept"
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLOCK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose BOM it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = bytes(range(128))
# Spellings of text in other text.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "charmap", "undefined"}
)
_UNITS = {"utf-16": 2, "utf-32": 4}


def _keep(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeDecodeError):
        marks = "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end])
        return marks, error.end
    if isinstance(error, UnicodeEncodeError):
        # Whole units are asked for: two bytes in UTF-16, four in UTF-32.
        size = _UNITS.get(error.encoding[:6], 1)
        codes = [ord(char) - 0xDC00 for char in error.object[error.start : error.start + size]]
        if len(codes) == size and all(0 <= code < 256 for code in codes):
            return bytes(codes), error.start + size
    raise error


codecs.register_error(_KEPT, _keep)


def told(head: bytes) -> tuple[str, int]:
    """(charset, length of the BOM) that the first bytes of a file prove; ("", 0) when they prove nothing."""
    for bom, charset in _BOMS:
        if head.startswith(bom):
            return charset, len(bom)
    # Without a BOM: the ASCII at the start of every file we read has a NUL in every other byte.
    head = head[:64]
    even, odd = head[::2], head[1::2]
    if odd.count(0) * 2 > len(odd) and not even.count(0):
        return "utf-16-le", 0
    if even.count(0) * 2 > len(even) and not odd.count(0):
        return "utf-16-be", 0
    return "", 0


def known(name: str) -> str | None:
    """Python's name of a text charset; None when there is no such."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # base64, rot13 and their like are codecs, not charsets
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if found in _NO_CHARSETS else found


def is_ascii_based(charset: str) -> bool:
    """Whether ASCII stands for itself, so that lines can be told before they are decoded: not in UTF-16, ISO-2022."""
    if charset.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz", "utf_7")):
        return False
    try:
        return _ASCII.decode(charset).encode() == _ASCII
    except UnicodeError:
        return False


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The rest of a stream."""
    while block := stream.read(_BLOCK_BYTES):
        yield block


def text(stream: BinaryIO, charset: str) -> Iterator[str]:
    """The whole stream as pieces of text, without a BOM. A mark for each byte that has no meaning."""
    stream.seek(0)
    head = stream.read(4)
    proved, skipped = told(head)
    stream.seek(skipped if proved else 0)
    # The built-in handler is quick, and exact wherever no part of a character looks like ASCII.
    handler = "surrogateescape" if charset == "utf-8" else _KEPT
    decoder = codecs.getincrementaldecoder(charset)(handler)
    for block in blocks(stream):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def is_whole(value: str) -> bool:
    """Whether it is text throughout: no mark, no half of a surrogate pair."""
    return value.isascii() or not _SURROGATE.search(value)


def received(value: str, charset: str) -> bytes:
    """The bytes that a piece of text came in; of two spellings that a charset has for a character, the usual one."""
    try:
        return value.encode(charset, _KEPT)
    except (UnicodeError, ValueError):
        return value.encode("utf-8", "surrogatepass")
