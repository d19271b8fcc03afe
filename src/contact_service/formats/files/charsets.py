"""Which charset a file is in (imports.md, Encoding): BOM, UTF-16's pattern, strict UTF-8, what it declares, a guess.

Read once to its end, whatever its size: the line that tells may be the last.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from contact_service.formats.files import decoding
from contact_service.formats.vcard import charsets
from contact_service.model.problem import InvalidParameter

# What is left to the BOM where there is none, in the order of bytes that nearly all programs write.
_WITHOUT_BOM = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
_SAMPLE_BYTES = 65_536
_MOST_HELD = 1 << 20
_HIGH = bytes(range(128, 256))
_DECLARED = re.compile(rb";CHARSET=\"?([\w.:-]{2,40})\"?", re.IGNORECASE)
_ENOUGH = 200


class _Seen(msgspec.Struct):
    """Bytes that are not ASCII: how many continue characters of UTF-8, how many are of none; `foreign`: lines with the
    latter, `declared`: the charsets they name; `shows`: a line to show.
    """

    in_utf8: int = 0
    others: int = 0
    foreign: bytes = b""
    declared: tuple[bytes, ...] = ()
    shows: bytes = b""


def chosen(name: str) -> str:
    """The charset an owner named. Raises InvalidParameter (422)."""
    found = decoding.known(name)
    if found is None:
        raise InvalidParameter("charset", "no charset of that name is known")
    return _WITHOUT_BOM.get(found, found)


def of(stream: BinaryIO, owners: str | None) -> tuple[str, str]:
    """(charset, a line that shows it: the first that is not ASCII, else the first). "utf-8" where most lines are."""
    stream.seek(0)
    proved, skipped = decoding.told(stream.read(64))
    if proved and proved != "utf-8":
        return proved, _line_in(stream, proved)
    stream.seek(skipped)
    seen = _look(stream)
    charset = proved or owners or _judge(seen)
    if not decoding.is_ascii_based(charset):
        return charset, _line_in(stream, charset)
    return charset, _shown(seen.shows, charset)


def _judge(seen: _Seen) -> str:
    # One bad byte makes no code page: then its line alone is judged by whoever reads it.
    if not seen.others or seen.in_utf8 > seen.others:
        return "utf-8"
    for name in seen.declared:
        charset = decoding.known(name.decode())
        if charset and charset != "utf-8" and charsets.decodes(seen.foreign, charset):
            return charset
    return charsets.of_sample(seen.foreign) or "utf-8"


def _look(stream: BinaryIO) -> _Seen:
    seen = _Seen()
    for lines in _by_lines(stream):
        if not seen.shows:
            seen.shows = next((line for line in lines[:4096].splitlines() if _says(line)), b"")
        if not lines.isascii():
            _weigh(seen, lines)
    return seen


def _says(line: bytes) -> bool:
    """Whether a line says more than what kind of file this is."""
    return bool(line.strip(b" \t[{")) and not line.upper().startswith((b"BEGIN:", b"VERSION:"))


def _weigh(seen: _Seen, lines: bytes) -> None:
    for line in lines.splitlines():
        if line.isascii():
            continue
        if seen.shows.isascii():
            seen.shows = line[: 4 * _ENOUGH]
        text = line.decode("utf-8", "ignore")
        size = len(text.encode())
        seen.in_utf8 += size - len(text)
        seen.others += len(line) - size
        if size < len(line) and len(seen.foreign) < _SAMPLE_BYTES:
            # At most a few lines: in a file without line ends the line is all of it.
            seen.foreign += line[: 2 * _SAMPLE_BYTES] + b"\n"
            seen.declared = tuple(dict.fromkeys((*seen.declared, *_DECLARED.findall(line))))[:16]


def _by_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Pieces of whole lines; of a line that never ends, pieces of whole characters."""
    held = b""
    for block in decoding.blocks(stream):
        held += block
        cut = max(held.rfind(b"\n"), held.rfind(b"\r")) + 1
        if not cut and len(held) > _MOST_HELD:
            cut = len(held.rstrip(_HIGH)) or len(held)
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _line_in(stream: BinaryIO, charset: str) -> str:
    for piece in decoding.text(stream, charset):
        for line in piece[:4096].splitlines():
            if line.strip():
                return _clean(line)
    return ""


def _shown(line: bytes, charset: str) -> str:
    if charset == "utf-8" or charsets.decodes(line, "utf-8"):
        return _clean(line.decode("utf-8", "ignore"))
    return _clean(line.decode(charset, "ignore"))


def _clean(line: str) -> str:
    return "".join(char for char in line.strip() if char.isprintable())[:_ENOUGH]
