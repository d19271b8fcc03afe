"""Moments of the monotonic clock to wake at, some 50 us exact: a timer of the kernel's in the event loop (timerfd(2)).

The loop's own timers count in milliseconds from when they are set, and a thread that sleeps costs 0.2 ms of processor
for each waiter.
"""

import asyncio
import ctypes
import heapq
import os
import time
from itertools import count
from weakref import WeakKeyDictionary

_NANO = 1_000_000_000
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME


class _Setting(ctypes.Structure):
    """`struct itimerspec`: a period, always 0 here, and the first moment."""

    _fields_ = (
        ("period_s", ctypes.c_long),
        ("period_ns", ctypes.c_long),
        ("s", ctypes.c_long),
        ("ns", ctypes.c_long),
    )


_libc = ctypes.CDLL(None, use_errno=True)


class _Alarm:
    """The waiters of one event loop, and the timer that is set to the first of them."""

    def __init__(self) -> None:
        self._timer = _libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        asyncio.get_running_loop().add_reader(self._timer, self._ring)

    def __del__(self) -> None:
        os.close(self._timer)

    async def wait(self, moment: float) -> None:
        """Until then, by `time.monotonic`."""
        until = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._numbers), until))
        if self._waiting[0][2] is until:
            self._set(moment)
        await until

    def _set(self, moment: float) -> None:
        # A moment of 0 would switch the timer off.
        nanos = max(1, round(moment * _NANO))
        setting = _Setting(0, 0, nanos // _NANO, nanos % _NANO)
        if _libc.timerfd_settime(self._timer, _ABSOLUTE, ctypes.byref(setting), None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def _ring(self) -> None:
        try:
            os.read(self._timer, 8)
        except BlockingIOError:
            return  # set to a later moment since
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            until = heapq.heappop(self._waiting)[2]
            if not until.done():
                until.set_result(None)
        if self._waiting:
            self._set(self._waiting[0][0])


_alarms: WeakKeyDictionary[asyncio.AbstractEventLoop, _Alarm] = WeakKeyDictionary()


async def wait(moment: float) -> None:
    """Wait until that moment of `time.monotonic`; at once for one that has passed."""
    loop = asyncio.get_running_loop()
    alarm = _alarms.get(loop)
    if alarm is None:
        alarm = _alarms[loop] = _Alarm()
    await alarm.wait(moment)
