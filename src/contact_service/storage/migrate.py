"""Numbered SQL files, each applied once: `NNNN_pre_what.sql` adds before a release, `NNNN_post_what.sql` removes after.

The ledger is `schema_migrations`; two migrators wait for each other on an advisory lock. Each file is one transaction.
"""

import asyncio
import hashlib
import re
from importlib import resources
from typing import Any, Literal

import asyncpg
import msgspec

from contact_service.model.problem import DatabaseDown, Unavailable
from contact_service.storage import failures

_NAME = re.compile(r"^(\d{4})_(pre|post)_([a-z0-9_]+)\.sql$")
_LOCK = 0x434F4E54  # any fixed number, ours alone in this database
_TRIES = 5
LOCK_TIMEOUT = "2s"
PAUSE_S = 0.2

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number     bigint NOT NULL,
    name       text NOT NULL,
    sha256     bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (number)
)
"""


class Migration(msgspec.Struct, frozen=True):
    """One file. `pre` is safe while the old release runs; `post` only once it is gone."""

    number: int
    phase: Literal["pre", "post"]
    name: str
    sql: str

    @property
    def sha256(self) -> bytes:
        """Of the text: an applied file never changes."""
        return hashlib.sha256(self.sql.encode()).digest()


def known() -> list[Migration]:
    """All files, by number. Raises ValueError for a name out of form, a gap or a number used twice."""
    folder = resources.files(__package__) / "migrations"
    found = [
        _read(file.name, file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.is_file()
    ]
    found.sort(key=lambda one: one.number)
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations must be numbered 0001, 0002, … without gaps")
    return found


async def migrate(dsn: str) -> list[str]:
    """Apply what is pending, in order; the names of what was applied. Safe to run at once from several processes.

    Raises DatabaseDown (503), and when a file that was applied has changed since, or the database is ahead of us.
    """
    con = await _connect(dsn)
    try:
        await con.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await con.execute(_LEDGER)
        return [await _apply(con, one) for one in _missing(await _applied(con))]
    finally:
        await con.close(timeout=3)  # the advisory lock ends with it


async def pending(dsn: str) -> list[str]:
    """The names of files not applied yet. Raises DatabaseDown (503)."""
    con = await _connect(dsn)
    try:
        return [one.name for one in _missing(await _applied(con))]
    finally:
        await con.close(timeout=3)


async def compatible(con: "asyncpg.Connection[Any]") -> bool:
    """Whether this release can serve on the schema: every `pre` we know is applied. One that is ahead is fine."""
    applied = await _applied(con)
    return all(one.number in applied for one in known() if one.phase == "pre")


async def _connect(dsn: str) -> "asyncpg.Connection[Any]":
    try:
        return await asyncpg.connect(dsn, timeout=3)
    except failures.DRIVER as error:
        raise failures.problem(error, closed=True) from None


def _read(file: str, sql: str) -> Migration:
    match = _NAME.match(file)
    if not match:
        raise ValueError(f"{file} is not called NNNN_pre_what.sql or NNNN_post_what.sql")
    phase: Literal["pre", "post"] = "pre" if match[2] == "pre" else "post"
    return Migration(int(match[1]), phase, file.removesuffix(".sql"), sql)


async def _applied(con: "asyncpg.Connection[Any]") -> dict[int, bytes]:
    if await con.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return {}
    return {
        row["number"]: row["sha256"]
        for row in await con.fetch("SELECT number, sha256 FROM schema_migrations")
    }


def _missing(applied: dict[int, bytes]) -> list[Migration]:
    files = known()
    for one in files:
        if one.number in applied and applied[one.number] != one.sha256:
            raise DatabaseDown(
                detail=f"{one.name} was applied with another text: add a new file instead."
            )
    return [one for one in files if one.number not in applied]


async def _apply(con: "asyncpg.Connection[Any]", one: Migration) -> str:
    # A lock that is not had within 2 s is given up: a queue behind an ALTER would stop every request.
    for attempt in range(1, _TRIES + 1):
        try:
            await _apply_once(con, one)
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE_S * attempt)
        except failures.DRIVER as error:
            # Said in full: a migration holds no one's data, and its author needs the server's words.
            raise DatabaseDown(detail=f"{one.name} failed and left nothing: {error}") from None
        else:
            return one.name
    raise Unavailable(detail=f"{one.name} did not get its locks: try when the database is quieter.")


async def _apply_once(con: "asyncpg.Connection[Any]", one: Migration) -> None:
    async with con.transaction():
        await con.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        await con.execute(one.sql)
        ledger = "INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)"
        await con.execute(ledger, one.number, one.name, one.sha256)
