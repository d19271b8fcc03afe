"""A map that is copied by what changed, not by what it holds: few new entries over a base that copies share."""

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_SHARE = 8
"""What changed is laid into a base of its own once it is more than one in so many entries of the base."""
_SMALL = 64
"""Entries that may always be kept apart."""


class Layered(Generic[K, V]):
    """A map to values that are not None. A copy and what it was copied from may both be changed: neither shows in the
    other.
    """

    __slots__ = ("_base", "_gone", "_live", "_new")

    def __init__(self) -> None:
        self._base: dict[K, V] = {}
        self._new: dict[K, V] = {}
        self._gone: set[K] = set()
        self._live = 0

    def __len__(self) -> int:
        return self._live

    def __contains__(self, key: K) -> bool:
        return self.get(key) is not None

    def get(self, key: K) -> V | None:
        """The value, None where there is none."""
        found = self._new.get(key)
        if found is None and key not in self._gone:
            return self._base.get(key)
        return found

    def values(self) -> Iterator[V]:
        """All values, in no order."""
        yield from self._new.values()
        for key, value in self._base.items():
            if key not in self._new and key not in self._gone:
                yield value

    def put(self, key: K, value: V) -> None:
        """Set a value."""
        self._live += key not in self
        self._new[key] = value
        self._gone.discard(key)

    def pop(self, key: K) -> V | None:
        """Take a value out; None where there is none."""
        found = self.get(key)
        if found is not None:
            self._live -= 1
            self._new.pop(key, None)
            self._gone.add(key)
        return found

    def copied(self) -> "Layered[K, V]":
        """The same, at the cost of what changed since the base was laid."""
        if len(self._new) + len(self._gone) > len(self._base) // _SHARE + _SMALL:
            kept = {key: value for key, value in self._base.items() if key not in self._gone}
            self._base, self._new, self._gone = {**kept, **self._new}, {}, set()
        copy: Layered[K, V] = Layered()
        copy._base, copy._new, copy._gone = self._base, self._new.copy(), self._gone.copy()
        copy._live = self._live
        return copy
