"""A ZIP of address books. It is never unpacked: members of known names are read as streams, one after the other.

Bounds: 10,000 members, 256 MB unpacked, a hundred times the packed size, depth 1, no passwords, no two of one name.
"""

import re
import struct
import zlib
from io import SEEK_END
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipExtFile, ZipFile, ZipInfo

from contact_service.formats.files import refusals
from contact_service.model.problem import TooLarge

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
MAX_MEMBERS = 10_000
MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_RATIO = 100
_ALWAYS_FINE_BYTES = 1024 * 1024
_STEP_BYTES = 64 * 1024
_END = struct.Struct("<4s4H2LH")
_END_64_AT = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_NAMED = re.compile(r"\.(?:vcf|vcard|csv|tsv|ldif|ldi|json|jcard|ndjson)\Z", re.IGNORECASE)
_MAYBE = re.compile(r"\.(?:txt|tab|js)\Z", re.IGNORECASE)
_X = re.compile(r"(?:^|/)data/(?:follower|following|contact)(?:[.-]part\d+)?\.js\Z")
_JUNK = re.compile(r"(?:^|/)__MACOSX/|(?:^|/)\.[^/]*\Z|/\Z")
_ZIP = re.compile(r"\.zip\Z", re.IGNORECASE)
# Whole archives hold hundreds of files of other kinds: once one of these is there, only its like is looked at.
_ARCHIVES = (
    (
        re.compile(r"(?:^|/)(?:your_)?(?:friends|address_books?)\.json\Z"),
        re.compile(r"(?:^|/)(?:your_)?(?:friends|address_books?)[^/]*\.json\Z"),
        ".json",
    ),
    (
        re.compile(r"(?:^|/)Connections\.csv\Z"),
        re.compile(r"(?:^|/)(?:Connections|Contacts|ImportedContacts)\.csv\Z"),
        ".csv",
    ),
    (_X, _X, ".js"),
)
_DAMAGED = (
    BadZipFile, ValueError, struct.error, NotImplementedError, OverflowError, EOFError, IndexError, RuntimeError,
)  # fmt: skip


class Member:
    """A file within the ZIP as a stream. `is_sure`: its name promises an address book, `is_zip`: it is never opened;
    `damaged`: it did not unpack to its end, or to something else than was packed.
    """

    def __init__(self, archive: ZipFile, info: ZipInfo) -> None:
        self.is_sure = _NAMED.search(info.filename) is not None
        self.is_zip = _ZIP.search(info.filename) is not None
        self.damaged = False
        self._archive = archive
        self._info = info
        self._expected = info.CRC
        self._seen = 0
        self._stream: ZipExtFile | None = None
        # zipfile would withhold all that it read from a file whose checksum is wrong: it is compared here.
        del info.CRC

    def seek(self, offset: int) -> int:
        """To so many bytes behind the start."""
        self._stream = None
        self._seen = 0
        return len(self.read(offset)) if offset else 0

    def read(self, size: int) -> bytes:
        """As of a file: so many bytes, fewer only at the end or where the damage is."""
        found: list[bytes] = []
        left = size
        while left > 0 and (step := self._step(left)):
            found.append(step)
            left -= len(step)
        return b"".join(found)

    def _step(self, size: int) -> bytes:
        try:
            if self._stream is None:
                self._stream = cast("ZipExtFile", self._archive.open(self._info))
            step = self._stream.read1(min(size, _STEP_BYTES))
        except (*_DAMAGED, zlib.error):
            self.damaged = True
            return b""
        self._seen = zlib.crc32(step, self._seen)
        if not step and self._seen != self._expected:
            self.damaged = True
        return step


def members(stream: BinaryIO) -> list[Member]:
    """The files that may be address books, in the order of the ZIP.

    Raises UnsupportedFile (422) for what is damaged, encrypted, ambiguous or a bomb, TooLarge (413).
    """
    _measure(stream)
    try:
        archive = ZipFile(stream)
    except _DAMAGED:
        raise refusals.refusal("zip-damaged") from None
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise TooLarge(MAX_MEMBERS, "files in a ZIP")
    wanted = _wanted(infos)
    if not wanted:
        raise refusals.refusal(refusals.of_members(info.filename for info in infos) or "zip-empty")
    _check([info for info in wanted if not _ZIP.search(info.filename)], stream)
    return [Member(archive, info) for info in wanted]


def _measure(stream: BinaryIO) -> None:
    """The size of the directory, before zipfile reads all of it into memory."""
    size = stream.seek(0, SEEK_END)
    start = max(0, size - 65_536 - _END.size - _END_64_AT.size)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise refusals.refusal("zip-damaged")
    *_, count, directory, _at, _comment = _END.unpack_from(tail, at)
    if at >= _END_64_AT.size and tail.startswith(b"PK\x06\x07", at - _END_64_AT.size):
        count, directory = _measured_64(stream, tail, at - _END_64_AT.size)
    if count > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES:
        raise TooLarge(MAX_MEMBERS, "files in a ZIP")


def _measured_64(stream: BinaryIO, tail: bytes, at: int) -> tuple[int, int]:
    """(members, bytes of the directory) as ZIP64 tells them."""
    _, _, end_at, _ = _END_64_AT.unpack_from(tail, at)
    if end_at > stream.seek(0, SEEK_END) - _END_64.size:
        raise refusals.refusal("zip-damaged")
    stream.seek(end_at)
    found = stream.read(_END_64.size)
    *_, count, directory, _at = _END_64.unpack(found)
    return count, directory


def _wanted(infos: list[ZipInfo]) -> list[ZipInfo]:
    found = [info for info in infos if _may_hold(info.filename)]
    for mark, like, ending in _ARCHIVES:
        if any(mark.search(info.filename) for info in found):
            found = [
                info
                for info in found
                if not info.filename.endswith(ending) or like.search(info.filename)
            ]
    return found


def _may_hold(name: str) -> bool:
    if _JUNK.search(name):
        return False
    return any(pattern.search(name) for pattern in (_NAMED, _MAYBE, _ZIP))


def _check(infos: list[ZipInfo], stream: BinaryIO) -> None:
    """What the directory claims is the bound: no more is ever unpacked."""
    packed = sum(info.compress_size for info in infos)
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED_BYTES:
        raise TooLarge(MAX_UNPACKED_BYTES, "bytes unpacked")
    # Members that overlap count what they share once each: more than the file has.
    if packed > stream.seek(0, SEEK_END):
        raise refusals.refusal("zip-damaged")
    if unpacked > max(_ALWAYS_FINE_BYTES, MAX_RATIO * packed):
        raise refusals.refusal("zip-ratio")
    if any(info.flag_bits & 0x1 for info in infos):
        raise refusals.refusal("zip-encrypted")
    if any(info.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for info in infos):
        raise refusals.refusal("zip-damaged")
    if len({info.filename for info in infos}) < len(infos):
        raise refusals.refusal("zip-twice")
