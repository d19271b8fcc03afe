"""What is kept of owners in memory: a byte-bounded LRU, one loader an owner at a time, never stale (law 6).

Each use compares the snapshot's version with the head read for that request; there is no time and no notice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from cachetools import LRUCache

from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head


class Held(Protocol):
    """What can be kept of an owner: it knows the head it was read at, and its size."""

    head: Head

    @property
    def size_bytes(self) -> int:
        """An estimate of what it holds."""
        ...


S = TypeVar("S", bound=Held)
Loader = Callable[[OwnerId, S | None], Awaitable[S]]


class Snapshots(Generic[S]):
    """The snapshots of one kind in this process."""

    def __init__(self, size_bytes: int) -> None:
        """`size_bytes` bounds what the snapshots hold together."""
        self._kept: LRUCache[OwnerId, S] = LRUCache(size_bytes, getsizeof=lambda s: s.size_bytes)
        self._loading: dict[OwnerId, asyncio.Future[S]] = {}
        self.hits = 0
        self.misses = 0

    def fresh(self, head: Head) -> S | None:
        """The kept snapshot, if it is at least as new as the head read for this request."""
        kept = self._kept.get(head.owner)
        if kept is None or kept.head.epoch != head.epoch or kept.head.version < head.version:
            return None
        self.hits += 1
        return kept

    async def load(self, head: Head, loader: Loader[S]) -> S:
        """A snapshot at least as new as `head`; callers for one owner share one load at a time."""
        owner = head.owner
        while True:
            task = self._loading.get(owner)
            ours = task is None
            if task is None:
                self.misses += 1
                task = asyncio.ensure_future(loader(owner, self._kept.get(owner)))
                self._loading[owner] = task
                task.add_done_callback(lambda _: self._loading.pop(owner, None))
            # Shielded: a caller that goes away must not take the snapshot from the others who wait.
            found = await asyncio.shield(task)
            self.keep(found)
            # What was loaded after the head was read is no older, also when a restore gave another epoch meanwhile.
            if ours or (found.head.epoch == head.epoch and found.head.version >= head.version):
                return found

    def keep(self, found: S) -> None:
        """Keep the snapshot, weighed as it is now: called again when it has grown an index or a page."""
        kept = self._kept.get(found.head.owner)
        if kept is not None and kept is not found and _newer(kept.head, found.head):
            return
        if found.size_bytes <= self._kept.maxsize:
            self._kept[found.head.owner] = found
        else:
            self._kept.pop(found.head.owner, None)

    def held(self, owner: OwnerId) -> S | None:
        """What is kept of the owner, at whatever version."""
        return self._kept.get(owner)

    def drop(self, owner: OwnerId) -> None:
        """Forget the owner's snapshot."""
        self._kept.pop(owner, None)

    @property
    def held_bytes(self) -> int:
        """Bytes held now, by the estimate that the bound uses."""
        return int(self._kept.currsize)


def _newer(kept: Head, found: Head) -> bool:
    """Within one epoch the number tells; across epochs the one found just now is what holds."""
    return kept.epoch == found.epoch and kept.version > found.version
