"""A SQLite file of one program, in a thread of its own: what was committed is there after a crash."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

T = TypeVar("T")


class SqliteFile:
    """`async with` opens it: readable for its user alone, locked while it is open. `tables` makes a new one, `form` is
    the user_version that `tables` sets.

    Raises ValueError for a file of another form, sqlite3.OperationalError for one that another program has open.
    """

    tables: ClassVar[str]
    form: ClassVar[int]

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """The file is made when it is not there; its folder is not."""
        self.path = Path(path)
        # One thread: commits keep their order, also when the task that waits for one is cancelled.
        self._thread = ThreadPoolExecutor(1, "contacts-store")
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._open)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the file, after what was begun."""
        await self._run(self._close)
        self._thread.shutdown(wait=False)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a statement finds."""
        return await self._run(lambda: self._opened().execute(sql, values).fetchall())

    async def each(self, sql: str, values: Collection[Any]) -> list[Any]:
        """What a statement of one parameter finds for each of these, at one moment."""

        def all_of_them() -> list[Any]:
            connection = self._opened()
            return [row for value in values for row in connection.execute(sql, (value,))]

        return await self._run(all_of_them)

    async def transact(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do all of `work` in one transaction, on the disk before this returns, or nothing."""
        await self._run(lambda: self._transact(work))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("the store is not open")
        return self._connection

    def _open(self) -> None:
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=0
        )
        # EXCLUSIVE: two programs with one queue would send it twice. FULL: a cut of power loses nothing.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        form = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if form == 0:
            self._connection.executescript(self.tables)
        elif form != self.form:
            raise ValueError("the file was made by another version of this library")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _transact(self, work: Callable[[sqlite3.Connection], None]) -> None:
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            work(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
