"""A circuit breaker: a neighbour that failed five times in a row is left alone for a while, then tried with one call.

Who asks a neighbour that is away waits for nothing, and the neighbour is not hammered while it recovers.
"""

import random
import time
from collections.abc import Callable
from enum import Enum

FAILURES = 5
FIRST_S = 1.0
MOST_S = 60.0


class State(Enum):
    """Closed: calls go through. Open: none does. Trying: one call is under way that decides."""

    CLOSED = "closed"
    OPEN = "open"
    TRYING = "trying"


class Breaker:
    """One neighbour's. `clock` gives monotonic seconds, `chance` a number from 0 to 1; both for tests."""

    __slots__ = ("_chance", "_clock", "_failed", "_opened", "_round", "_until", "state")

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.state = State.CLOSED
        self._clock = clock
        self._chance = chance
        self._failed = 0
        self._opened = 0
        self._until = 0.0
        self._round = 0

    def admit(self) -> int | None:
        """A ticket for one call, to be given back to `succeeded`, `failed` or `dropped`; None: do not call."""
        if self.state is State.CLOSED:
            return self._round
        if self.state is State.OPEN and self._clock() >= self._until:
            self.state = State.TRYING
            self._round += 1
            return self._round
        return None

    @property
    def resting(self) -> bool:
        """Whether a call would not be admitted."""
        due = self.state is State.OPEN and self._clock() >= self._until
        return self.state is not State.CLOSED and not due

    def succeeded(self, ticket: int) -> None:
        """The call was answered as it should be."""
        if ticket == self._round:
            self.state = State.CLOSED
            self._failed = self._opened = 0

    def failed(self, ticket: int) -> None:
        """The call was not answered, or not as it should be. Of a call begun before the last turn it says nothing."""
        if ticket != self._round or self.state is State.OPEN:
            return
        self._failed += 1
        if self.state is State.TRYING or self._failed >= FAILURES:
            self._open()

    def dropped(self, ticket: int) -> None:
        """Who called went away before an answer: nothing is known, so the next one may try."""
        if ticket == self._round and self.state is State.TRYING:
            self.state = State.OPEN

    def _open(self) -> None:
        """Twice as long each time, with jitter: many processes opened at the same moment."""
        longest = min(MOST_S, FIRST_S * 2**self._opened)
        self._until = self._clock() + longest * (0.5 + self._chance() / 2)
        self._opened = min(self._opened + 1, 16)
        self._failed = 0
        self._round += 1
        self.state = State.OPEN
