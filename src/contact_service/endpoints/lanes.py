"""Admission and deadlines: how many requests at once, how long one may take (reliability.md, Admission, Timeouts).

Both are counters on the event loop: a request that finds a place and ends in time pays well under a microsecond.
"""

import asyncio
import random
import time
from collections import deque

from contact_service.endpoints import limits
from contact_service.model.problem import Overloaded


class Lane:
    """Places for requests of one kind. `slots` None: nobody is refused."""

    __slots__ = ("_free", "_waiting", "name")

    def __init__(self, name: str, slots: int | None) -> None:
        self.name = name
        self._free = 1 << 60 if slots is None else slots
        self._waiting: deque[asyncio.Future[None]] = deque()

    def enter_now(self) -> bool:
        """Take a place if one is free."""
        if self._free > 0:
            self._free -= 1
            return True
        return False

    async def enter(self) -> None:
        """Take a place, waiting at most 100 ms for it. Raises Overloaded (503)."""
        if self.enter_now():
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(limits.ADMISSION_S):
                await place
        except TimeoutError:
            self._withdraw(place)
            # Spread out, so that those refused together do not come back together.
            raise Overloaded(random.randint(1, 3)) from None  # noqa: S311  jitter, no secret
        except BaseException:
            self._withdraw(place)
            raise

    def leave(self) -> None:
        """Give the place to who waits longest, or back."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def _withdraw(self, place: "asyncio.Future[None]") -> None:
        if place.done() and not place.cancelled():
            self.leave()  # handed over in the very moment we gave up
            return
        place.cancel()


class Deadlines:
    """Cuts requests that overrun. One timer looks at all of them: a timer each would cost more than a small request."""

    __slots__ = ("_armed", "_cut", "_loop", "_running", "_tick_s")

    def __init__(self, tick_s: float = 0.5) -> None:
        self._running: dict[asyncio.Task[object], float] = {}
        self._cut: set[asyncio.Task[object]] = set()
        self._tick_s = tick_s
        self._armed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, at: float) -> "asyncio.Task[object]":
        """The current task answers a request; past `at` (monotonic seconds) it is cancelled."""
        # Named, not asked for: asyncio calls getpid() each time it looks for the running loop, 5 % of a hot GET.
        task = asyncio.current_task(self._loop or self._bound())
        assert task is not None, "a request is answered in a task"
        self._running[task] = at
        if not self._armed:
            self._armed = True
            self._bound().call_later(self._tick_s, self._look)
        return task

    def _bound(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.get_running_loop()
        return self._loop

    def end(self, task: "asyncio.Task[object]") -> None:
        """The request is answered."""
        self._running.pop(task, None)

    def was_cut(self, task: "asyncio.Task[object]") -> bool:
        """Whether the cancellation came from here; then it is taken back, for the task goes on to tell the client."""
        if task not in self._cut:
            return False
        self._cut.discard(task)
        task.uncancel()
        return True

    def _look(self) -> None:
        now = time.monotonic()
        for task in [task for task, at in self._running.items() if now >= at]:
            del self._running[task]
            self._cut.add(task)
            task.add_done_callback(self._cut.discard)
            task.cancel()
        self._armed = bool(self._running)
        if self._armed:
            asyncio.get_running_loop().call_later(self._tick_s, self._look)
