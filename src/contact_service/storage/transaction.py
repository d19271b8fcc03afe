"""A transaction of one owner: begun and named in one message, and never left half done on a connection."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

import asyncpg

from contact_service.model.ids import OwnerId
from contact_service.model.problem import Broken, InvalidId, Unavailable
from contact_service.storage import failures
from contact_service.storage.pool import Pool

Row = asyncpg.Record

_UNKNOWN = "It is not known whether this was done: send it again with the same Idempotency-Key."


class Tx:
    """An open transaction of one owner ("" in the shared part). Storage alone calls the verbs, with named SQL."""

    __slots__ = ("_con", "after", "owner")

    def __init__(self, owner: OwnerId, con: "asyncpg.Connection[Any]") -> None:
        self.owner = owner
        self._con = con
        self.after: list[Callable[[], None]] = []
        """What is to be done in memory once this is committed, and never else. None of it may fail or wait."""

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, None when there is no row."""
        return await self._con.fetchval(sql, *args)

    async def row(self, sql: str, *args: Any) -> Row | None:
        """The first row, None when there is none."""
        return await self._con.fetchrow(sql, *args)

    async def rows(self, sql: str, *args: Any) -> list[Row]:
        """All rows."""
        return await self._con.fetch(sql, *args)

    async def run(self, sql: str, *args: Any) -> int:
        """Carry it out; how many rows it touched."""
        status: str = await self._con.execute(sql, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


class Transaction:
    """`async with` gives a Tx; commits at its end, rolls back on an error. `again`: the story may be told again."""

    __slots__ = ("_begin", "_con", "_owner", "_pool", "_tx", "_writes", "again")

    def __init__(self, pool: Pool, begin: str, owner: OwnerId, *, writes: bool) -> None:
        self._pool = pool
        self._begin = begin
        self._owner = owner
        self._writes = writes
        self.again = False

    async def __aenter__(self) -> Tx:
        self._con = con = await self._begun()
        self._tx = Tx(self._owner, con)
        return self._tx

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if error is None:
            await self._commit()
            return
        closed = self._con.is_closed()
        self.again = failures.again(error, closed=closed)
        if isinstance(error, Exception):
            await asyncio.shield(self._pool.undo(self._con))
        else:
            self._pool.undo(self._con)  # we are being cancelled: an await here would be cut as well
        if isinstance(error, Exception) and failures.from_driver(error, closed=closed):
            raise failures.problem(error, closed=closed) from None

    async def _begun(self) -> "asyncpg.Connection[Any]":
        con = await self._pool.take()
        try:
            await con.execute(self._begin)
        except failures.DRIVER as error:
            dead = failures.lost(error, closed=con.is_closed())
            self._pool.drop(con)
            if not dead:
                raise failures.problem(error, closed=False) from None
        except BaseException:
            self._pool.drop(con)
            raise
        else:
            return con
        return await self._begun_anew()

    async def _begun_anew(self) -> "asyncpg.Connection[Any]":
        # Dead since the server's restart, and so are its neighbours: a new one tells whether the server is back.
        self._pool.forget_idle()
        con = await self._pool.take()
        try:
            await con.execute(self._begin)
        except failures.DRIVER as error:
            self._pool.drop(con)
            raise failures.problem(error, closed=True) from None
        except BaseException:
            self._pool.drop(con)
            raise
        return con

    async def _commit(self) -> None:
        con = self._con
        try:
            status = await con.execute("COMMIT")
        except failures.DRIVER as error:
            closed = con.is_closed()
            await asyncio.shield(self._pool.undo(self._con))
            if self._writes and failures.lost(error, closed=closed):
                raise Unavailable(detail=_UNKNOWN) from None
            self.again = failures.again(error, closed=closed)
            raise failures.problem(error, closed=closed) from None
        except BaseException:
            self._pool.undo(self._con)
            raise
        self._pool.give(con)
        if status != "COMMIT":
            # The server turns COMMIT of a failed transaction into ROLLBACK without an error: somebody swallowed one.
            raise Broken("A failed transaction was to be committed.")
        for done in self._tx.after:
            done()


def literal(text: str) -> str:
    r"""`text` as SQL, safe under either setting of standard_conforming_strings. Raises InvalidId (422) for NUL.

    >>> literal("o'x\\")
    "E'o''x\\\\'"
    """
    if "\x00" in text:
        raise InvalidId
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidId from None
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
