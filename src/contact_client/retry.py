"""When to ask again: exponential backoff with full jitter, and the wait a Retry-After asks for (RFC 9110 10.2.3)."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec


class Retry(msgspec.Struct, frozen=True):
    """`attempts` in all, waits that double from `base_s`; none longer than `most_s`: a service that asks for a longer
    one is believed, and its refusal raised. `sleep` and `chance` (0 to 1) are the event loop's and the machine's own.
    """

    attempts: int = 5
    base_s: float = 0.2
    most_s: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def wait_s(self, failures: int, asked_s: float | None) -> float | None:
        """Seconds to wait after so many failures; None: give up."""
        if failures >= self.attempts or (asked_s or 0.0) > self.most_s:
            return None
        longest = min(self.most_s, self.base_s * 2.0 ** (failures - 1))
        # Jitter on top of what was asked for: clients refused together must not come back together.
        return (asked_s or 0.0) + longest * self.chance()


def after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, of either form; None without one that can be read."""
    if header is None:
        return None
    if header.isascii() and header.isdigit() and len(header) < 10:
        return float(header)
    try:
        then = parsedate_to_datetime(header)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now).total_seconds())
