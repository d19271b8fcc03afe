"""A small stack of connections: the one given back last is taken first, so it is warm and the others may idle.

No reset on the way back (it costs three times the read): who takes a connection leaves no state on it but SET LOCAL,
and who cannot promise that terminates it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from contact_service.model.problem import Overloaded
from contact_service.storage import failures

WAIT_S = 0.5
_UNDO_S = 2.0


class Pool:
    """At most `size` connections, made when first needed."""

    def __init__(
        self, connect: Callable[[], Awaitable["asyncpg.Connection[Any]"]], size: int
    ) -> None:
        self._connect = connect
        self._size = size
        self._open = 0  # given out, idle, or being made
        self._idle: list[asyncpg.Connection[Any]] = []
        self._undoing: set[asyncio.Task[None]] = set()
        self._waiters: deque[asyncio.Future[asyncpg.Connection[Any] | None]] = deque()

    async def take(self) -> "asyncpg.Connection[Any]":
        """A connection, to be given back. Raises Overloaded (503) after 500 ms, DatabaseDown (503)."""
        while self._idle:
            con = self._idle.pop()
            if not con.is_closed():
                return con
            self._open -= 1
        if self._open < self._size:
            self._open += 1
            return await self._make()
        return await self._wait() or await self._make()

    def give(self, con: "asyncpg.Connection[Any]") -> None:
        """Take a connection back; a closed one only frees its place."""
        if con.is_closed():
            self._free()
        elif not self._wake(con):
            self._idle.append(con)

    def drop(self, con: "asyncpg.Connection[Any]") -> None:
        """End a connection whose state nobody knows."""
        con.terminate()
        self.give(con)

    def undo(self, con: "asyncpg.Connection[Any]") -> "asyncio.Task[None]":
        """Roll back and take back, in a task of its own: the caller may be cancelled in the middle."""
        task = asyncio.get_running_loop().create_task(self._undo(con))
        self._undoing.add(task)  # the loop itself keeps weak references only
        task.add_done_callback(self._undoing.discard)
        return task

    def has_room(self) -> bool:
        """Whether a caller would get a connection without waiting."""
        return bool(self._idle) or self._open < self._size

    def forget_idle(self) -> None:
        """Terminate all idle connections: one was found dead, so the others of its time are too."""
        while self._idle:
            self._idle.pop().terminate()
            self._free()

    async def close(self) -> None:
        """Close the idle connections, once what is being rolled back is done; those in use are not waited for."""
        if self._undoing:
            await asyncio.wait(self._undoing)
        self._size = 0
        while self._idle:
            con = self._idle.pop()
            self._open -= 1
            try:
                await con.close(timeout=1)
            except Exception:  # noqa: BLE001 - whatever it is, the connection must go
                con.terminate()

    async def _undo(self, con: "asyncpg.Connection[Any]") -> None:
        try:
            if not con.is_closed():
                async with asyncio.timeout(_UNDO_S):
                    await con.execute("ROLLBACK")
        except BaseException:  # noqa: BLE001 - an unknown state must not be lent again, whatever brought it
            con.terminate()
        finally:
            self.give(con)

    async def _make(self) -> "asyncpg.Connection[Any]":
        # The place is counted already; without it two callers could make the last connection both.
        try:
            return await self._connect()
        except failures.DRIVER as error:
            self._free()
            raise failures.problem(error, closed=True) from None
        except BaseException:
            self._free()
            raise

    async def _wait(self) -> "asyncpg.Connection[Any] | None":
        waiter: asyncio.Future[asyncpg.Connection[Any] | None] = (
            asyncio.get_running_loop().create_future()
        )
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(WAIT_S):
                return await waiter
        except BaseException as error:
            self._hand_on(waiter)
            if isinstance(error, TimeoutError):
                raise Overloaded from None
            raise

    def _hand_on(self, waiter: "asyncio.Future[asyncpg.Connection[Any] | None]") -> None:
        # Cancelled in the very step in which it was served: what it got would be lost for good.
        if waiter.done() and not waiter.cancelled():
            con = waiter.result()
            if con is None:
                self._free()
            else:
                self.give(con)
        else:
            waiter.cancel()

    def _free(self) -> None:
        self._open -= 1
        if self._open < self._size:
            self._open += 1
            if not self._wake(None):
                self._open -= 1

    def _wake(self, con: "asyncpg.Connection[Any] | None") -> bool:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(con)
                return True
        return False
