"""The read coalescer: concurrent reads of one kind become one statement (6-7 us a read instead of 50).

A read sees all that was acknowledged before it came: a batch leaves the queue before it is sent, and what arrives
later goes into the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

from contact_service.model.problem import Broken, DatabaseDown, Problem, Unavailable

K = TypeVar("K")
V = TypeVar("V")

IN_FLIGHT = 2
BATCH = 500


class Coalescer(Generic[K, V]):
    """`fetch` answers many keys at once, rows in any order, absent ones left out; `key_of` tells a row's whole key."""

    def __init__(
        self, fetch: Callable[[list[K]], Awaitable[Iterable[V]]], key_of: Callable[[V], K]
    ) -> None:
        self._fetch = fetch
        self._key_of = key_of
        self._waiting: dict[K, list[asyncio.Future[V | None]]] = {}
        self._in_flight = 0
        self._runners: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def get(self, key: K) -> "asyncio.Future[V | None]":
        """The row of `key` as it is from now on, None when there is none; await it.

        Raises Unavailable (503) or Broken (500) when the statement failed. A cancelled reader leaves the others alone.
        """
        # Named, not asked for: asyncio calls getpid() each time it looks for the running loop, 5 % of a hot GET.
        loop = self._loop or self._bound()
        waiter: asyncio.Future[V | None] = loop.create_future()
        waiting = self._waiting
        others = waiting.get(key)
        if others is not None:
            others.append(waiter)
            return waiter
        waiting[key] = [waiter]
        # Only the first of a queue starts a runner: those behind it are in its batch, or a runner returns for them.
        if len(waiting) == 1 and self._in_flight < IN_FLIGHT:
            self._start(loop)
        return waiter

    def _bound(self) -> asyncio.AbstractEventLoop:
        """The loop of the first read is the loop of all: so it is with the connections behind."""
        self._loop = asyncio.get_running_loop()
        return self._loop

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._in_flight += 1
        runner = loop.create_task(self._run())
        self._runners.add(runner)  # the loop itself keeps weak references only
        runner.add_done_callback(self._runners.discard)

    async def _run(self) -> None:
        batch: dict[K, list[asyncio.Future[V | None]]] = {}
        try:
            # "Queue empty" and "in flight - 1" are one step without an await between: a read that came between would
            # find both runners counted as busy, and nobody would ever look at it.
            while self._waiting:
                batch = self._leave_queue()
                await self._answer(batch)
        finally:
            self._in_flight -= 1
            _fail(batch, None)  # only when this task itself was cancelled are there any left
            if self._waiting and self._in_flight < IN_FLIGHT:
                self._start(asyncio.get_running_loop())

    def _leave_queue(self) -> dict[K, list[asyncio.Future[V | None]]]:
        if len(self._waiting) <= BATCH:
            batch, self._waiting = self._waiting, {}
            return batch
        batch = {key: self._waiting.pop(key) for key in list(islice(self._waiting, BATCH))}
        if self._in_flight < IN_FLIGHT:
            self._start(asyncio.get_running_loop())
        return batch

    async def _answer(self, batch: dict[K, list[asyncio.Future[V | None]]]) -> None:
        try:
            rows = await self._fetch(list(batch))
            key_of = self._key_of
            for row in rows:
                # A row nobody asked for (a pair joined of two questions) finds no key here and goes to nobody.
                for waiter in batch.pop(key_of(row), ()):
                    if not waiter.done():
                        waiter.set_result(row)
        except Exception as error:  # noqa: BLE001 - each waiter hears of it; a runner that died would hang them
            _fail(batch, error)
            return
        for waiters in batch.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        batch.clear()


def _fail(batch: dict[K, list[asyncio.Future[V | None]]], error: Exception | None) -> None:
    # One exception a waiter: a shared one would grow a traceback with each that is raised from it.
    for waiters in batch.values():
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(_told(error))
    batch.clear()


def _told(error: Exception | None) -> Problem:
    if error is None:
        return DatabaseDown()
    if isinstance(error, Unavailable | Broken):
        return type(error)(detail=error.detail)
    return Broken(f"A coalesced read failed: {type(error).__name__}.")
