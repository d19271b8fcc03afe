"""A store in a SQLite file, in a thread of its own: what was committed is there after a crash.

One program at a time: the file is locked while it is open. It holds the owner's contacts in the clear, as a phone's own
contacts are held; it is made readable for its user alone, and the device's encryption is what seals it.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from contact_client.replica.store import Change, Draft, Flight, Held, Mark

T = TypeVar("T")
FORM = 1
_TABLES = """
BEGIN;
CREATE TABLE held (id TEXT PRIMARY KEY, etag TEXT NOT NULL, json BLOB NOT NULL, book TEXT NOT NULL,
  round INTEGER NOT NULL, settled INTEGER NOT NULL);
CREATE INDEX held_since ON held (round);
CREATE TABLE drafts (seq INTEGER PRIMARY KEY AUTOINCREMENT, contact TEXT NOT NULL, before BLOB NOT NULL,
  after BLOB NOT NULL, base TEXT, waits INTEGER NOT NULL, blind INTEGER NOT NULL);
CREATE INDEX drafts_of ON drafts (contact, seq);
CREATE TABLE aliases (client_id TEXT PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), token TEXT, round INTEGER NOT NULL, flight BLOB);
INSERT INTO mark VALUES (1, NULL, 0, NULL);
PRAGMA user_version = 1;
COMMIT;
"""
_HELD = "SELECT id, etag, json, book, round, settled FROM held"
_DRAFTS = "SELECT contact, before, after, base, waits, blind, seq FROM drafts"
_FLIGHT = msgspec.msgpack.Decoder(Flight)


class SqliteStore:
    """`async with SqliteStore(path) as store`. Raises ValueError for a file of another form, sqlite3.OperationalError
    for one that another program has open.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """The file is made when it is not there; its folder is not."""
        self._path = Path(path)
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

    async def mark(self) -> Mark:
        """How far the device is."""
        row = (await self._rows("SELECT token, round, flight FROM mark"))[0]
        return Mark(row[0], row[1], _FLIGHT.decode(row[2]) if row[2] is not None else None)

    async def held(self, contact: str) -> Held | None:
        """The contact of this id."""
        rows = await self._rows(f"{_HELD} WHERE id = ?", contact)
        return _held(rows[0]) if rows else None

    async def every(self) -> list[Held]:
        """All contacts, by id."""
        return [_held(row) for row in await self._rows(f"{_HELD} ORDER BY id")]

    async def unseen(self, before: int) -> list[str]:
        """Ids of contacts last seen in a round before this one."""
        return [row[0] for row in await self._rows("SELECT id FROM held WHERE round < ?", before)]

    async def drafts(self, contact: str | None = None) -> list[Draft]:
        """The drafts of this contact, or all, oldest first."""
        if contact is None:
            rows = await self._rows(f"{_DRAFTS} ORDER BY seq")
        else:
            rows = await self._rows(f"{_DRAFTS} WHERE contact = ? ORDER BY seq", contact)
        return [_draft(row) for row in rows]

    async def alias(self, client_id: str) -> str | None:
        """The service's id of a contact that was made here."""
        rows = await self._rows("SELECT id FROM aliases WHERE client_id = ?", client_id)
        return str(rows[0][0]) if rows else None

    async def commit(self, change: Change) -> None:
        """Do all of it in one transaction, on the disk before this returns."""
        await self._run(lambda: self._commit(change))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _rows(self, sql: str, *values: Any) -> list[Any]:
        return await self._run(lambda: self._opened().execute(sql, values).fetchall())

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("the store is not open")
        return self._connection

    def _open(self) -> None:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=0
        )
        # EXCLUSIVE: two programs with one queue would send it twice. FULL: a cut of power loses nothing.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        form = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if form == 0:
            self._connection.executescript(_TABLES)
        elif form != FORM:
            raise ValueError("the file was made by another version of this library")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _commit(self, change: Change) -> None:
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            _write(connection, change)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _held(row: Any) -> Held:
    return Held(row[0], row[1], row[2], row[3], row[4], bool(row[5]))


def _draft(row: Any) -> Draft:
    return Draft(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]), row[6])


def _columns(draft: Draft) -> tuple[Any, ...]:
    return draft.contact, draft.before, draft.after, draft.base, draft.waits, draft.blind


def _write(to: sqlite3.Connection, change: Change) -> None:
    to.executemany(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?)",
        [(h.id, h.etag, h.json, h.book, h.round, h.settled) for h in change.held],
    )
    to.executemany("DELETE FROM held WHERE id = ?", [(contact,) for contact in change.gone])
    to.executemany(
        "INSERT INTO drafts (contact, before, after, base, waits, blind) VALUES (?, ?, ?, ?, ?, ?)",
        [_columns(d) for d in change.added],
    )
    to.executemany(
        "UPDATE drafts SET contact = ?, before = ?, after = ?, base = ?, waits = ?, blind = ? WHERE seq = ?",
        [(*_columns(d), d.seq) for d in change.altered],
    )
    to.executemany("DELETE FROM drafts WHERE seq = ?", [(seq,) for seq in change.done])
    to.executemany("INSERT OR REPLACE INTO aliases VALUES (?, ?)", [*change.aliases.items()])
    if change.mark is not None:
        mark = change.mark
        flight = msgspec.msgpack.encode(mark.flight) if mark.flight is not None else None
        to.execute(
            "UPDATE mark SET token = ?, round = ?, flight = ?", (mark.token, mark.round, flight)
        )
