"""The discovery allowance: how many identifiers an account may ask for that it never asked for before (privacy R19).

Counted in ticks: 86,400 are one unit, so that a refill of n units a day is n ticks a second, a whole number. A state
moves in whole seconds from its own start, so many small steps come to exactly what one long one does.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

TICKS = 86_400
SECOND = timedelta(seconds=1)
SLOW_FOR = timedelta(days=7)
"""How long the refill is halved after a request that looked like a scan."""
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""`updated_at` of an account that has no verified identifier any more: nothing comes until it has one."""
_HORIZON_S = 40 * 365 * 86_400
"""Further ahead nobody waits."""


class Class(StrEnum):
    """What the operator vouches for: a verified identifier, or also a genuine device."""

    VERIFIED = "verified"
    ATTESTED = "attested"


class Allowance(msgspec.Struct, frozen=True):
    """The figures of a class, in units. `per_day` until `earned` (what was given at once counts), then `after_per_day`;
    `most`: what may lie unspent.
    """

    at_once: int
    per_day: int = 500
    earned: int = 10_000
    after_per_day: int = 50
    most: int = 10_000

    @property
    def cap(self) -> int:
        """Ticks that may lie unspent: never fewer than are given at once."""
        return max(self.most, self.at_once) * TICKS


class Budget(msgspec.Struct, frozen=True):
    """An account's state. `balance`, `earned`: ticks, the latter from the first charge on; `granted`: units given at
    once so far; `updated_at`: from where whole seconds are counted on; till `slow_until` the refill is halved.
    `asked`, `hits`, `near`: units of the window in which density is judged, see density.py.
    """

    balance: int
    earned: int
    granted: int
    started_at: datetime
    updated_at: datetime
    slow_until: datetime | None = None
    asked: int = 0
    hits: int = 0
    near: int = 0

    @property
    def is_frozen(self) -> bool:
        """Whether nothing comes any more."""
        return self.updated_at >= NEVER

    @property
    def left(self) -> int:
        """Whole units that may be spent now."""
        return max(0, self.balance // TICKS)


def fresh(allowance: Allowance, now: datetime) -> Budget:
    """The state at the first charge, from which the clock runs."""
    ticks = allowance.at_once * TICKS
    return Budget(ticks, ticks, allowance.at_once, now, now)


def refilled(state: Budget, now: datetime, allowance: Allowance) -> Budget:
    """The state with what the seconds up to `now` brought; a clock that went back brings nothing and takes nothing."""
    seconds = (now - state.updated_at) // SECOND
    if seconds <= 0:
        return state
    slow = 0
    if state.slow_until is not None:
        # Rounded up: a second that begins slow is slow.
        slow = min(seconds, max(0, -((state.updated_at - state.slow_until) // SECOND)))
    earned = _earned(state.earned, slow, allowance, slowed=True)
    earned = _earned(earned, seconds - slow, allowance, slowed=False)
    return msgspec.structs.replace(
        state,
        balance=min(allowance.cap, state.balance + earned - state.earned),
        earned=earned,
        updated_at=state.updated_at + seconds * SECOND,
    )


def _earned(earned: int, seconds: int, allowance: Allowance, *, slowed: bool) -> int:
    """Ticks earned after these seconds; one that would pass the threshold stops at it."""
    first, after = _rates(allowance, slowed=slowed)
    threshold = allowance.earned * TICKS
    if earned < threshold and first > 0:
        needed = -((earned - threshold) // first)
        if seconds < needed:
            return earned + seconds * first
        earned, seconds = threshold, seconds - needed
    if earned < threshold:
        return earned
    return earned + seconds * after


def _rates(allowance: Allowance, *, slowed: bool) -> tuple[int, int]:
    if slowed:
        return allowance.per_day // 2, allowance.after_per_day // 2
    return allowance.per_day, allowance.after_per_day


def admitted(state: Budget, allowance: Allowance) -> Budget:
    """The state under the figures of a class that may be new: a better one grants the difference of what is given at
    once, once, and no further than `earned` reaches, so that nobody ever has more than the better class's own row.
    Nothing is taken back.
    """
    difference = (allowance.at_once - state.granted) * TICKS
    if difference <= 0 or state.is_frozen:
        return state
    given = min(difference, max(0, allowance.earned * TICKS - state.earned))
    return msgspec.structs.replace(
        state,
        balance=min(allowance.cap, state.balance + given),
        earned=state.earned + given,
        granted=allowance.at_once,
    )


def affordable(state: Budget, units: int) -> int:
    """How many of `units` could be spent now."""
    return max(0, min(units, state.left))


def spent(state: Budget, units: int) -> Budget:
    """The state after a charge. ValueError when it does not cover it, or for a negative one: nothing is refunded."""
    if not 0 <= units <= state.left:
        raise ValueError("a charge is covered or refused")
    return msgspec.structs.replace(state, balance=state.balance - units * TICKS)


def credited(state: Budget, units: int, allowance: Allowance) -> Budget:
    """The state with units given back at the end of a key epoch; they do not count as earned."""
    balance = min(allowance.cap, state.balance + max(0, units) * TICKS)
    return msgspec.structs.replace(state, balance=max(state.balance, balance))


def frozen(state: Budget) -> Budget:
    """The state of an account whose last verified identifier went, and the budget with it: nothing, and no refill."""
    return msgspec.structs.replace(state, balance=0, updated_at=NEVER)


def thawed(state: Budget, now: datetime) -> Budget:
    """The state of such an account that has an identifier again: it earns on from now."""
    seconds = max(0, (now - state.started_at) // SECOND)
    return msgspec.structs.replace(state, updated_at=state.started_at + seconds * SECOND)


def slowed(state: Budget, now: datetime) -> Budget:
    """The state with its refill halved for `SLOW_FOR` from now on."""
    until = now + SLOW_FOR
    if state.slow_until is not None:
        until = max(until, state.slow_until)
    return msgspec.structs.replace(state, slow_until=until)


def lower(own: Budget, carried: Budget) -> Budget:
    """What an account goes on with that takes over an identifier: in every respect the poorer of the two. Both are
    refilled to the same moment, under the same figures. The window of density stays its own.
    """
    slow = [s.slow_until for s in (own, carried) if s.slow_until is not None]
    return msgspec.structs.replace(
        own,
        balance=min(own.balance, carried.balance),
        earned=max(own.earned, carried.earned),
        granted=max(own.granted, carried.granted),
        updated_at=max(own.updated_at, carried.updated_at),
        slow_until=max(slow, default=None),
    )


def per_day(state: Budget, now: datetime, allowance: Allowance) -> int:
    """Units a day that the state is refilled by at `now`."""
    is_slow = state.slow_until is not None and now < state.slow_until
    first, after = _rates(allowance, slowed=is_slow)
    return first if state.earned < allowance.earned * TICKS else after


def next_at(state: Budget, needed: int, allowance: Allowance) -> datetime:
    """The first moment from `state.updated_at` on when `needed` units will be there, or, where that is more than can
    ever lie unspent, when all that can will. At most 40 years ahead.
    """
    if state.is_frozen:
        return NEVER
    wanted = min(needed * TICKS, allowance.cap)

    def there(seconds: int) -> int:
        at = state.updated_at + seconds * SECOND
        return int(refilled(state, at, allowance).balance >= wanted)

    seconds = bisect_left(range(_HORIZON_S), 1, key=there)
    return state.updated_at + seconds * SECOND


def full(state: Budget, allowance: Allowance) -> bool:
    """Whether no more can lie unspent."""
    return state.balance >= allowance.cap


def kept_for(allowance: Allowance) -> timedelta:
    """After how long without a charge a state may be forgotten: it is full by then, and starting anew gains nothing."""
    units = max(allowance.most, allowance.at_once)
    return timedelta(days=-(-units // max(1, allowance.after_per_day)))
