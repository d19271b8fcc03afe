"""What a process knows by the way of how far owners are matched: whether a sync is worth a re-match, without asking."""

import time

from cachetools import LRUCache

from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head

OWNERS = 50_000
"""Owners remembered; of another nothing is known, and it is left to who asks for matches."""


class _Beat:
    """How far an owner was matched when it was looked at last."""

    __slots__ = ("at", "through", "waits")

    def __init__(self, through: int, *, waits: bool) -> None:
        self.through = through
        self.waits = waits
        self.at = time.monotonic()


class Pulse:
    """The directory's number as it was seen last, and the owners that were looked at."""

    __slots__ = ("_owners", "clock")

    def __init__(self) -> None:
        self.clock = 0
        self._owners: LRUCache[OwnerId, _Beat] = LRUCache(OWNERS)

    def seen(self, clock: int) -> None:
        """The directory is at this number."""
        self.clock = clock

    def note(self, owner: OwnerId, through: int, *, waits: bool) -> None:
        """The owner's book is matched up to that number; `waits`: some of it waits for the budget."""
        self._owners[owner] = _Beat(through, waits=waits)

    def forget(self, owner: OwnerId) -> None:
        """The owner is not matched any more."""
        self._owners.pop(owner, None)

    def due(self, head: Head, interval_s: float) -> bool:
        """Whether the owner's book may be matched further than it is; true once in the interval, then not again."""
        beat = self._owners.get(head.owner)
        if beat is None or not (beat.waits or beat.through != self.clock):
            return False
        now = time.monotonic()
        if now - beat.at < interval_s:
            return False
        beat.at = now
        return True
