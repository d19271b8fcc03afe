"""A veil over what time tells: the rows behind somebody hidden are read, those behind nobody are not there to be read.

The gate runs the same statements either way; what is left, some 20 us of 1 ms, shows in enough pairs of requests. So
these answers leave at whole periods after they were asked for, whatever the work took in between.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")

PERIOD_S = 0.01
# The event loop's own timers count in milliseconds from the moment they are set, so what is hidden would show through
# them; a thread that sleeps wakes within some 50 us of a moment that does not depend on it.
_sleepers = ThreadPoolExecutor(32, thread_name_prefix="veil")


def behind(handler: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
    """The handler, its answers and its refusals behind the veil; it holds no transaction while it waits."""

    @wraps(handler)
    async def told(asked: A) -> T:
        asked_at = time.monotonic()
        try:
            return await handler(asked)
        finally:
            rest = PERIOD_S - (time.monotonic() - asked_at) % PERIOD_S
            await asyncio.get_running_loop().run_in_executor(_sleepers, time.sleep, rest)

    return told
