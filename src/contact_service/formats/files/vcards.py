"""A file of vCards of any size: blocks are cut between two cards, so that memory holds a block or one card."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from contact_service.formats import vcard
from contact_service.formats.files import decoding, reasons
from contact_service.formats.vcard import charsets, lines, records
from contact_service.model.imports import NO_UID, Place, Reject, Upsert
from contact_service.model.problem import Problem

BEGIN = re.compile(rb"^[ \t]*BEGIN[ \t]*:[ \t]*VCARD[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"^END[ \t]*:[ \t]*VCARD[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(rb"^(?:[\w-]+\.)?FN[;:][^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_START = b"BEGIN:VCARD"
_BOM = b"\xef\xbb\xbf"
_MOST_HELD = 1 << 25


class _Piece(msgspec.Struct, frozen=True, gc=False):
    """A card's bytes, or what stands for one; `reason` against it, None for none."""

    raw: bytes
    line: int
    reason: str | None


class _Spelling(msgspec.Struct, frozen=True):
    """How the file's bytes became lines of ASCII-compatible bytes with LF, to find the way back."""

    charset: str
    is_wide: bool
    has_cr_alone: bool

    def received(self, raw: bytes) -> bytes:
        """The bytes as the file has them."""
        if self.has_cr_alone:
            raw = raw.replace(b"\r\n", b"\r")
        if not self.is_wide:
            return raw
        return decoding.received(raw.decode("utf-8", "surrogatepass"), self.charset)


def read(stream: BinaryIO, charset: str) -> Iterator[Upsert | Reject]:
    """Every card of the stream, from its start; text between cards is passed over."""
    stream.seek(0)
    head = stream.read(1 << 16)
    is_wide = not decoding.is_ascii_based(charset)
    breaks = head.decode(charset, "ignore") if is_wide else head.decode("latin-1")
    spelling = _Spelling(charset, is_wide, "\r" in breaks and "\n" not in breaks)
    index = 0
    for pieces in _batches(_blocks(stream, spelling)):
        fallback = _fallback(pieces, charset)
        for piece in pieces:
            yield _record(piece, index, spelling, fallback)
            index += 1


def _blocks(stream: BinaryIO, spelling: _Spelling) -> Iterator[bytes]:
    blocks: Iterator[bytes]
    if spelling.is_wide:
        texts = decoding.text(stream, spelling.charset)
        blocks = (text.encode("utf-8", "surrogatepass") for text in texts)
    else:
        stream.seek(0)
        stream.seek(decoding.told(stream.read(4))[1])
        blocks = decoding.blocks(stream)
    for block in blocks:
        yield block.replace(b"\r", b"\r\n") if spelling.has_cr_alone else block


def _batches(blocks: Iterator[bytes]) -> Iterator[list[_Piece]]:
    """The cards that end within a block, a block at a time."""
    held, line, wanted = b"", 1, 0
    for block in blocks:
        held += block
        if len(held) < wanted:
            continue
        cut = held.rfind(b"\n") + 1
        whole = held[:cut].replace(_BOM + b"BEGIN", b"BEGIN") if _BOM in held else held[:cut]
        pieces, rest = _cut(whole, line)
        line += whole.count(b"\n", 0, len(whole) - len(rest))
        held = rest + held[cut:]
        # Twice as much before a long card is looked through again, or the work would grow with its square.
        wanted = 2 * len(rest)
        if len(rest) > _MOST_HELD:
            pieces.append(_Piece(rest, line, "card-too-large"))
            line += rest.count(b"\n")
            held, wanted = held[len(rest) :], 0
        yield pieces
    yield _last(held, line)


def _cut(whole: bytes, line: int) -> tuple[list[_Piece], bytes]:
    """The cards that are over, and the bytes of the one that is not."""
    found: list[_Piece] = []
    at = 0
    for start, end, reason in records.pieces(whole):
        found += _headless(whole[at:start], line)
        line += whole.count(b"\n", at, start)
        if end == len(whole) and reason == "truncated":
            return found, whole[start:]
        found.append(_Piece(whole[start:end], line, reason))
        line += whole.count(b"\n", start, end)
        at = end
    return found + _headless(whole[at:], line), b""


def _last(held: bytes, line: int) -> list[_Piece]:
    """What is left when the file is over."""
    pieces, rest = _cut(held.replace(_BOM + b"BEGIN", b"BEGIN"), line)
    if rest:
        return [*pieces, _Piece(rest, line + held.count(b"\n") - rest.count(b"\n"), "truncated")]
    tail = held.rstrip().rpartition(b"\n")[2].strip().upper()
    if not pieces and tail and _START.startswith(tail):
        return [_Piece(held, line, "truncated")]
    return pieces


def _headless(between: bytes, line: int) -> list[_Piece]:
    """Text between cards is nothing, but if a card ends in it there was one."""
    return [_Piece(between, line, "no-begin")] if _END.search(between) else []


def _fallback(pieces: list[_Piece], charset: str) -> str | None:
    """The charset of lines that are not UTF-8 and name none."""
    if charset != "utf-8" and decoding.is_ascii_based(charset):
        return charset
    foreign = [one.raw for one in pieces if not one.reason and not records.is_plain(one.raw)]
    return charsets.guess(b"".join(foreign)) if foreign else None


def _record(
    piece: _Piece, index: int, spelling: _Spelling, fallback: str | None
) -> Upsert | Reject:
    place = Place(index, piece.line)
    made, reason = None, piece.reason
    if not reason and spelling.is_wide and not charsets.decodes(piece.raw, "utf-8"):
        reason = "undecodable"
    if not reason:
        plain = records.is_plain(piece.raw) if fallback not in charsets.PAIRED else False
        made, reason = records.judged(piece.raw, fallback, as_it_is=plain)
    if made is None:
        received = spelling.received(piece.raw)
        return reasons.reject(place, reason or "malformed", received, name_of(piece.raw))
    try:
        card, fields = vcard.read(made, NO_UID)
    except Problem as problem:
        return reasons.refused(place, problem, spelling.received(piece.raw), name_of(made))
    own = fields.uid != NO_UID
    return Upsert(place, (fields.uid or "") if own else "", card, own_uid=own)


def name_of(raw: bytes) -> str:
    """The FN of a card that could not be read, "" where even that cannot."""
    found = _NAME.search(raw)
    return lines.parse(found[0])[0].value[:200] if found else ""
