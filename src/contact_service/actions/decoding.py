"""A file is decoded in a thread of its own, one page ahead of who applies the pages and never further.

The thread gives way often: what it decodes is nobody's hurry, and requests are answered beside it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import BinaryIO, Self, TypeVar

from contact_service.formats import files
from contact_service.formats.files import Detected
from contact_service.model.imports import Change, Edge, Reject, Upsert

PAGE = 500
"""Records of a page, one transaction."""
PAGE_BYTES = 4_000_000
_GIVE_WAY = 10
_GIVE_WAY_S = 0.0002
T = TypeVar("T")


class Decoding:
    """A file being decoded. Use it with `async with`: at its end the thread is let go of."""

    def __init__(self, stream: BinaryIO, abandon: Callable[[], None]) -> None:
        """`abandon` makes any further read of the stream fail: the thread ends by it."""
        self._stream = stream
        self._abandon = abandon
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # Not waited for: the thread may be waiting for this very loop.
        self._abandon()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def detect(self, charset: str | None) -> Detected:
        """What the file is. Raises UnsupportedFile, InvalidParameter (422)."""
        return await self._do(lambda: files.detect(self._stream, charset))

    async def pages(
        self, detected: Detected, region: str | None, skip: int
    ) -> AsyncIterator[tuple[Change, ...]]:
        """The records from number `skip` on, up to 500 at a time."""
        records = await self._do(lambda: self._begun(detected, region, skip))
        ahead = self._do(lambda: _page(records))
        while page := await ahead:
            ahead = self._do(lambda: _page(records))
            yield page

    def _begun(self, detected: Detected, region: str | None, skip: int) -> Iterator[Change]:
        self._stream.seek(0)
        records = iter(files.read(self._stream, detected, region))
        _skip(records, skip)
        return records

    def _do(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        begun = asyncio.get_running_loop().run_in_executor(self._thread, work)
        # A page ahead of one that failed is nobody's: what became of it is looked at, so that it is not told as lost.
        begun.add_done_callback(lambda done: done.cancelled() or done.exception())
        return begun


def _skip(records: Iterator[Change], count: int) -> None:
    for n, _ in enumerate(islice(records, count)):
        if n % _GIVE_WAY == 0:
            _give_way()


def _page(records: Iterator[Change]) -> tuple[Change, ...]:
    taken: list[Change] = []
    size = 0
    for change in records:
        taken.append(change)
        size += weight(change)
        if len(taken) >= PAGE or size >= PAGE_BYTES:
            break
        if len(taken) % _GIVE_WAY == 0:
            _give_way()
    return tuple(taken)


def _give_way() -> None:
    time.sleep(
        _GIVE_WAY_S
    )  # lets go of the interpreter: requests are answered between two handfuls of records


def weight(change: Change) -> int:
    """About how many bytes a change holds."""
    match change:
        case Upsert():
            return len(change.card.json) + len(change.card.lines) + len(change.residue)
        case Reject():
            return len(change.raw)
        case Edge():
            return len(change.display_name)
        case _:
            return 100
