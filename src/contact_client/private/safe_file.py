"""A Safe in a SQLite file. Back up the file and its key, and a new phone finds without paying again."""

import os
import secrets
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path

from contact_client.files import SqliteFile
from contact_client.private.safe import KEY_BYTES, sized

_TABLES = """
BEGIN;
CREATE TABLE kept (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 101;
COMMIT;
"""


class FileSafe(SqliteFile):
    """`async with FileSafe(path, key) as safe`; `key` are 32 bytes, best from the device's own key store. Without one
    the key stands in `<path>.key` beside it: then who can read the folder can open the safe.

    Raises what SqliteFile does; ValueError for a file with values whose key is not there.
    """

    tables = _TABLES
    form = 101

    def __init__(self, path: str | os.PathLike[str], key: bytes | None = None) -> None:
        """The files are made when they are not there; their folder is not."""
        super().__init__(path)
        beside = self.path.with_name(self.path.name + ".key")
        self.key = sized(_own(beside, self.path) if key is None else key)

    async def read(self, names: Collection[bytes]) -> dict[bytes, bytes]:
        """The values of those names that have one."""
        return dict(await self.each("SELECT name, value FROM kept WHERE name = ?", names))

    async def write(self, values: Mapping[bytes, bytes], gone: Collection[bytes] = ()) -> None:
        """In one transaction, on the disk before this returns."""
        await self.transact(lambda connection: _write(connection, values, gone))

    async def clear(self, values: Mapping[bytes, bytes]) -> None:
        """Only these stay; what went is overwritten in the file and in its log."""

        def all_but(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM kept")
            _write(connection, values, ())

        await self.rows("PRAGMA secure_delete = ON")
        await self.transact(all_but)
        await self.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def _write(to: sqlite3.Connection, values: Mapping[bytes, bytes], gone: Collection[bytes]) -> None:
    to.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", [*values.items()])
    to.executemany("DELETE FROM kept WHERE name = ?", [(name,) for name in gone])


def _own(place: Path, of: Path) -> bytes:
    """The key in the file `place`, made anew beside a safe that is not there yet."""
    if place.exists():
        return place.read_bytes()
    if of.exists() and of.stat().st_size:
        raise ValueError("the key of this file is not there")
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
