"""Buckets as all viewers share them: packed tags in a byte-bounded LRU, each good until the log tells of a change."""

from bisect import bisect_left
from collections.abc import Mapping

import msgspec
import numpy as np
from cachetools import LRUCache

from contact_service.model.bucket import TAG_BYTES

_SIZE_BYTES = 32_000_000
_OVERHEAD_BYTES = 400


class Shared(msgspec.Struct, frozen=True):
    """A bucket at the directory's number `seq`: its tags, ascending, each once; `several`: those of more entries."""

    seq: int
    tags: bytes
    several: Mapping[bytes, int] = {}

    @property
    def size_bytes(self) -> int:
        """An estimate of what it holds."""
        return _OVERHEAD_BYTES + len(self.tags) + 100 * len(self.several)

    def without(self, hidden: Mapping[bytes, int]) -> bytes:
        """The tags for a viewer from whom so many entries of each tag are hidden."""
        tags = self.tags
        for tag, entries in hidden.items():
            at = place(tags, tag)
            if at is not None and entries >= self.several.get(tag, 1):
                tags = tags[:at] + tags[at + TAG_BYTES :]
        return tags

    def shows(self, tag: bytes, hidden: Mapping[bytes, int]) -> bool:
        """Whether the tag stands in it for such a viewer."""
        stands = place(self.tags, tag) is not None
        return stands and hidden.get(tag, 0) < self.several.get(tag, 1)


class KeptBuckets:
    """The buckets of one house, by epoch and number."""

    def __init__(self, size_bytes: int = _SIZE_BYTES) -> None:
        """`size_bytes` bounds what they hold together."""
        self._kept: LRUCache[tuple[int, int], Shared] = LRUCache(
            size_bytes, getsizeof=lambda shared: shared.size_bytes
        )

    def get(self, epoch: int, bucket: int) -> Shared | None:
        """The bucket as it was held last."""
        return self._kept.get((epoch, bucket))

    def keep(self, epoch: int, bucket: int, found: Shared) -> None:
        """Hold this one, unless one of a later number is held."""
        kept = self._kept.get((epoch, bucket))
        if kept is not None and kept.seq > found.seq:
            return
        if found.size_bytes <= self._kept.maxsize:
            self._kept[epoch, bucket] = found
        else:
            self._kept.pop((epoch, bucket), None)

    @property
    def held_bytes(self) -> int:
        """Bytes held now, by the estimate that the bound uses."""
        return int(self._kept.currsize)


def shared(seq: int, bits: int, heads: bytes) -> Shared:
    """A bucket from the first 8 bytes of each of its digests, in any order."""
    numbers = np.frombuffer(heads, ">u8").astype(np.uint64)
    found, entries = np.unique(
        ((numbers << np.uint64(bits)) >> np.uint64(32)).astype(np.uint32), return_counts=True
    )
    tags = found.astype(">u4").tobytes()
    several = {
        tags[at * TAG_BYTES : (at + 1) * TAG_BYTES]: int(entries[at])
        for at in np.flatnonzero(entries > 1)
    }
    return Shared(seq, tags, several)


def place(tags: bytes, tag: bytes) -> int | None:
    """Where the tag begins among packed ascending ones; None when it is not there."""
    count = len(tags) // TAG_BYTES

    def at(index: int) -> bytes:
        return tags[index * TAG_BYTES : (index + 1) * TAG_BYTES]

    index = bisect_left(range(count), tag, key=at)
    return index * TAG_BYTES if index < count and at(index) == tag else None
