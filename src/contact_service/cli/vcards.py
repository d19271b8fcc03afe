"""A vCard file of any size, read in blocks that are cut between two cards; memory holds one block."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from contact_service.formats import vcard
from contact_service.formats.vcard import Record
from contact_service.model.problem import TooLarge

BLOCK_BYTES = 8 * 1024 * 1024
# Only where the next card follows at once: the END of an AGENT is followed by lines of the card around it.
_SEAM = re.compile(
    rb"^END[ \t]*:[ \t]*VCARD[ \t\r]*\n(?=\s*BEGIN[ \t]*:[ \t]*VCARD)", re.IGNORECASE | re.MULTILINE
)
_BEGIN = re.compile(rb"^\s*(?:[\w-]+\.)?BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE | re.MULTILINE)
_MOST_HELD = 256 * 1024 * 1024
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read(stream: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[Record, int]]:
    """The records with the bytes read so far; index and line count through the whole file.

    Raises UnsupportedFormat (415) when no vCard begins in the first block, TooLarge (413) for a card without an end.
    """
    held = stream.read(block_bytes)
    read_bytes = len(held)
    if _of_one_piece(held) or not _BEGIN.search(held):
        rest = b"" if len(held) < block_bytes else stream.read(_MOST_HELD)
        yield from ((record, read_bytes + len(rest)) for record in vcard.split(held + rest))
        return
    index = line = 0
    while held:
        block = stream.read(block_bytes)
        read_bytes += len(block)
        seam = _last_seam(held) if block else len(held)
        records = vcard.split(held[:seam])
        for record in records:
            yield _moved(record, index, line), read_bytes
        index += len(records)
        line += held.count(b"\n", 0, seam)
        held = held[seam:] + block
        if len(held) > _MOST_HELD:
            raise TooLarge(_MOST_HELD, "bytes a contact")


def _moved(record: Record, index: int, line: int) -> Record:
    return msgspec.structs.replace(record, index=record.index + index, line=record.line + line)


def _of_one_piece(head: bytes) -> bool:
    """Whether lines cannot be told from the bytes: UTF-16, or the line ends of classic Mac OS."""
    return head.startswith(_UTF16) or b"\0" in head[:4096] or (b"\r" in head and b"\n" not in head)


def _last_seam(held: bytes) -> int:
    last = 0
    for match in _SEAM.finditer(held):
        last = match.end()
    return last
