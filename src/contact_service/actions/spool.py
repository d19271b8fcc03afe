"""A file that is being imported: sealed in pieces as it arrives, opened piece by piece as it is read.

No more than a few pieces are in memory, and none is ever in the clear on a disk.
"""

import asyncio
import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import UUID

import msgspec

from contact_service.actions import edge, errands
from contact_service.actions.context import Context, House
from contact_service.model.ids import OwnerId
from contact_service.storage import import_parts
from contact_service.vault import imports as sealed
from contact_service.vault.imports import PIECE_BYTES

CACHED = 3
"""Open pieces a reader holds: where it reads, and where it looks back to."""
PATIENCE = timedelta(hours=1)
"""A file whose next piece did not come for so long was given up by who sent it."""
_FETCH_S = 30.0
_READ_BYTES = 65_536


class Spooled(msgspec.Struct, frozen=True):
    """A file as it was taken in: its id, bytes, SHA-256, and its last piece, which is not kept yet."""

    id: UUID
    size: int
    digest: bytes
    last: bytes

    @property
    def kept(self) -> int:
        """Pieces that are kept already."""
        return (self.size - len(self.last)) // PIECE_BYTES


class FileGone(Exception):
    """The file was let go of: a day has passed."""


class Abandoned(Exception):
    """Nobody waits for what is being read any more."""


class Spool:
    """Takes a file in; `request_id` as for `edge.write`."""

    def __init__(self, house: House, owner: OwnerId, request_id: str, id_: UUID) -> None:
        self._house = house
        self._owner = owner
        self._request_id = request_id
        self._id = id_
        self._held = bytearray()
        self._kept = 0
        self._hash = hashlib.sha256()

    async def add(self, part: bytes) -> None:
        """The next bytes; full pieces are kept at once. Raises DatabaseDown, Overloaded (503)."""
        self._hash.update(part)
        self._held += part
        while len(self._held) > PIECE_BYTES:
            piece = bytes(self._held[:PIECE_BYTES])
            await edge.write(
                self._house, self._owner, self._request_id, keep, self._id, self._kept, piece
            )
            del self._held[:PIECE_BYTES]
            self._kept += 1

    def ended(self) -> Spooled:
        """That was all."""
        size = self._kept * PIECE_BYTES + len(self._held)
        return Spooled(self._id, size, self._hash.digest(), bytes(self._held))

    async def drop(self) -> None:
        """Let go of what was kept; what this misses goes within a day."""
        if self._kept:
            await edge.write(self._house, self._owner, self._request_id, drop, self._id)


async def keep(ctx: Context, id_: UUID, number: int, piece: bytes) -> None:
    """Keep a piece, sealed; with the first one, somebody who looks whether the others ever came."""
    if number == 0:
        await errands.leave(ctx, errands.IMPORT, id_.bytes)
    held = sealed.seal_piece(ctx.key, id_, number, piece)
    await import_parts.put(ctx.tx, id_, number, [held], ctx.now)


async def drop(ctx: Context, id_: UUID) -> None:
    """Let go of a file."""
    await import_parts.drop(ctx.tx, id_)


async def deserted(ctx: Context, id_: UUID) -> bool:
    """Let go of a file that nobody goes on sending. False: somebody may, look again later."""
    last = await import_parts.newest(ctx.tx, id_)
    if last is not None and ctx.now - last < PATIENCE:
        return False
    await import_parts.drop(ctx.tx, id_)
    return True


async def piece(ctx: Context, id_: UUID, number: int) -> bytes:
    """A piece of a file. Raises FileGone."""
    held = await import_parts.get(ctx.tx, id_, number)
    if held is None:
        raise FileGone
    return sealed.open_piece(ctx.key, id_, number, held)


def opened(
    house: House, owner: OwnerId, request_id: str, id_: UUID, size: int
) -> tuple[BinaryIO, "SealedFile"]:
    """A stream over a kept file, to be read in another thread than the one that runs this loop; and what is under it,
    which tells how far it was read.
    """
    return _opened(_fetching(house, owner, request_id, id_), size)


def arrived(
    house: House, owner: OwnerId, request_id: str, file: Spooled
) -> tuple[BinaryIO, "SealedFile"]:
    """As `opened`, while the last piece is not kept yet."""
    earlier = _fetching(house, owner, request_id, file.id)
    return _opened(lambda n: file.last if n == file.kept else earlier(n), file.size)


def _opened(fetch: Callable[[int], bytes], size: int) -> tuple[BinaryIO, "SealedFile"]:
    below = SealedFile(fetch, size)
    return cast("BinaryIO", io.BufferedReader(below, _READ_BYTES)), below


def _fetching(house: House, owner: OwnerId, request_id: str, id_: UUID) -> Callable[[int], bytes]:
    """What gets a kept piece, asked in another thread than the one that runs this loop."""
    loop = asyncio.get_running_loop()

    def fetch(number: int) -> bytes:
        asked = edge.read(house, owner, request_id, piece, id_, number)
        return asyncio.run_coroutine_threadsafe(asked, loop).result(_FETCH_S)

    return fetch


class SealedFile(io.RawIOBase):
    """The bytes of a file in pieces. `fetch` gives the piece of a number, and is asked in the thread that reads."""

    def __init__(self, fetch: Callable[[int], bytes], size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._at = 0
        self._open: OrderedDict[int, bytes] = OrderedDict()
        self._abandoned = False
        self.furthest = 0
        """The furthest byte that was read."""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to that place; beyond the end there is nothing to read."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Where it is read next."""
        return self._at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # what BufferedReader gives
        """Fill from the piece that the place is in; at the end 0."""
        if self._abandoned:
            raise Abandoned
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, PIECE_BYTES)
        part = memoryview(self._piece(number))[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        self.furthest = max(self.furthest, self._at)
        return len(part)

    def abandon(self) -> None:
        """Have the thread that reads fail at its next read; from any thread."""
        self._abandoned = True

    def _piece(self, number: int) -> bytes:
        found = self._open.get(number)
        if found is None:
            found = self._open[number] = self._fetch(number)
            if len(self._open) > CACHED:
                self._open.popitem(last=False)
        self._open.move_to_end(number)
        return found
