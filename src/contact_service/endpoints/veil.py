"""A veil over what time tells: the rows behind somebody hidden are read and written, those behind nobody are not there.

The gate runs the same statements either way; what is left, some 20 us of 1 ms where pairs are read and up to 1.9 %
where an upload keeps them, shows in enough pairs of requests. So these answers leave at whole periods after they were
asked for, whatever the work took in between.
"""

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar

from contact_service.endpoints import alarm

A = TypeVar("A")
T = TypeVar("T")

PERIOD_S = 0.01
UPLOAD_S = 0.025
"""Of uploads: longer than nearly all take that bring a few cards, and little beside those that bring a book."""


def behind(handler: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
    """The handler, its answers and its refusals behind the veil; it holds no transaction while it waits."""
    return every(PERIOD_S)(handler)


def every(period_s: float) -> Callable[[Callable[[A], Awaitable[T]]], Callable[[A], Awaitable[T]]]:
    """`behind` a veil of that period."""

    def veiled(handler: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
        @wraps(handler)
        async def told(asked: A) -> T:
            asked_at = time.monotonic()
            try:
                return await handler(asked)
            finally:
                await _rest(asked_at, period_s)

        return told

    return veiled


async def _rest(asked_at: float, period_s: float) -> None:
    """Until a whole number of periods have passed since then."""
    periods = (time.monotonic() - asked_at) // period_s + 1
    # Exact to far less than what is hidden, and by a moment that does not depend on when the work was done.
    await alarm.wait(asked_at + periods * period_s)
