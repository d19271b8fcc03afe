"""What a process has counted of all accounts' discovery and not yet written down; see `fences.py`."""

import secrets
from datetime import date

SHARDS = 16


class Tally:
    """Units and hits since they were taken last; `shard`: which of a day's rows this process adds to."""

    __slots__ = ("_hits", "_units", "alarmed", "shard")

    def __init__(self) -> None:
        self._units = 0
        self._hits = 0
        self.shard = secrets.randbelow(SHARDS)
        self.alarmed: date | None = None

    def add(self, units: int = 0, hits: int = 0) -> None:
        """Count."""
        self._units += units
        self._hits += hits

    def take(self) -> tuple[int, int]:
        """(units, hits), which are counted here no more."""
        taken = self._units, self._hits
        self._units = self._hits = 0
        return taken
