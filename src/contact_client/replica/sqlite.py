"""A store in a SQLite file, in a thread of its own: what was committed is there after a crash.

One program at a time: the file is locked while it is open. It holds the owner's contacts in the clear, as a phone's own
contacts are held; it is made readable for its user alone, and the device's encryption is what seals it.
"""

import sqlite3
from typing import Any

import msgspec

from contact_client.files import SqliteFile
from contact_client.replica.store import Change, Draft, Flight, Held, Mark

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


class SqliteStore(SqliteFile):
    """`async with SqliteStore(path) as store`. Raises ValueError for a file of another form, sqlite3.OperationalError
    for one that another program has open.
    """

    tables = _TABLES
    form = FORM

    async def mark(self) -> Mark:
        """How far the device is."""
        row = (await self.rows("SELECT token, round, flight FROM mark"))[0]
        return Mark(row[0], row[1], _FLIGHT.decode(row[2]) if row[2] is not None else None)

    async def held(self, contact: str) -> Held | None:
        """The contact of this id."""
        rows = await self.rows(f"{_HELD} WHERE id = ?", contact)
        return _held(rows[0]) if rows else None

    async def every(self) -> list[Held]:
        """All contacts, by id."""
        return [_held(row) for row in await self.rows(f"{_HELD} ORDER BY id")]

    async def unseen(self, before: int) -> list[str]:
        """Ids of contacts last seen in a round before this one."""
        return [row[0] for row in await self.rows("SELECT id FROM held WHERE round < ?", before)]

    async def drafts(self, contact: str | None = None) -> list[Draft]:
        """The drafts of this contact, or all, oldest first."""
        if contact is None:
            rows = await self.rows(f"{_DRAFTS} ORDER BY seq")
        else:
            rows = await self.rows(f"{_DRAFTS} WHERE contact = ? ORDER BY seq", contact)
        return [_draft(row) for row in rows]

    async def alias(self, client_id: str) -> str | None:
        """The service's id of a contact that was made here."""
        rows = await self.rows("SELECT id FROM aliases WHERE client_id = ?", client_id)
        return str(rows[0][0]) if rows else None

    async def commit(self, change: Change) -> None:
        """Do all of it in one transaction, on the disk before this returns."""
        await self.transact(lambda connection: _write(connection, change))


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
