"""How much memory the embedded PostgreSQL may keep its pages in: a quarter of what there is, as its manual advises, and
2 GB at most, enough for look-ups among 10 million.

Its own start value, 128 MB, is too little from 100,000 registered users on: a look-up then reads most of its pages from
the system, each with its checksum. What is never read takes a fortieth of itself, and 50 ms at each start with 2 GB.
"""

import os
from pathlib import Path

_SHARE = 4
_LEAST = 128 * 1024 * 1024
_MOST = 2 * 1024 * 1024 * 1024
_BLOCK = 8192
# What a container may use, by control groups version 2 and 1; "max" and absurdly high numbers are no limit.
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def shared_buffers() -> str:
    """The setting `shared_buffers`, in blocks."""
    return str(min(_MOST, max(_LEAST, _memory() // _SHARE)) // _BLOCK)


def _memory() -> int:
    """Bytes of memory that this machine or container has."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *(found for path in _LIMITS if (found := _limit(path)) is not None)])


def _limit(path: Path) -> int | None:
    try:
        told = path.read_text().strip()
    except OSError:
        return None
    return int(told) if told.isdigit() else None
