"""What `contacts doctor` looks at, one function a check: each says what is so, and what to do when it is wrong."""

import shutil
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec

from contact_service.cli import exits
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Problem
from contact_service.settings.environment import Settings
from contact_service.storage import durable, headers, migrate
from contact_service.storage.db import Db
from contact_service.storage.headers import Phase
from contact_service.vault import keyring
from contact_service.vault.access import IssuerKeyUnreadable
from contact_service.wiring import database, keys
from contact_service.wiring.database import Database

_SKEW_S = 2.0
_FREE_BYTES = 1_000_000_000


class Finding(msgspec.Struct, frozen=True):
    """One check's outcome; `detail` is one line."""

    check: str
    ok: bool
    detail: str


async def all_of(settings: Settings) -> list[Finding]:
    """All checks, in the order in which one depends on the other. The embedded server is started if none runs."""
    found = [Finding("settings", ok=True, detail="all values can be used")]
    found += [_disk(settings), _issuer(settings), _records(settings)]
    try:
        where = database.attach(settings)
    except Problem as error:
        return [*found, Finding("database", ok=False, detail=exits.line(error))]
    try:
        return found + [each async for each in _of_database(settings, where)]
    finally:
        where.stop()


def _records(settings: Settings) -> Finding:
    """The DNS records by which devices find the CardDAV face from a mail address or host name (RFC 6764 3 to 5)."""
    if settings.public_url is None:
        return Finding("dns", ok=True, detail="no CONTACT_PUBLIC_URL, so no records for CardDAV")
    where = urlsplit(settings.public_url)
    tls = where.scheme == "https"
    name = f"_carddav{'s' if tls else ''}._tcp.{where.hostname}."
    port = where.port or (443 if tls else 80)
    records = f'{name} SRV 0 1 {port} {where.hostname}. and {name} TXT "path=/dav/"'
    return Finding("dns", ok=True, detail=f"for CardDAV: {records}")


async def _of_database(settings: Settings, where: Database) -> AsyncIterator[Finding]:
    begun = time.perf_counter()
    try:
        db = await Db.open(where.dsn, prepared=settings.database_prepared)
    except Problem as error:
        yield Finding("database", ok=False, detail=exits.line(error))
        return
    try:
        version, now = await db.ask(_told)
        spent_ms = (time.perf_counter() - begun) * 1000
        yield Finding(
            "database", ok=True, detail=f"PostgreSQL {version}, answers in {spent_ms:.0f} ms"
        )
        yield await _durable(db)
        yield await _schema(where)
        yield await _keyring(settings, db)
        yield await _header_store(settings, db)
        yield _clock(now)
    finally:
        await db.close()


async def _told(con: "asyncpg.Connection[Any]") -> tuple[str, datetime]:
    row = await con.fetchrow(
        "SELECT current_setting('server_version') AS v, clock_timestamp() AS t"
    )
    assert row is not None, "a SELECT without FROM has one row"
    return row["v"], row["t"]


async def _durable(db: Db) -> Finding:
    try:
        await db.ask(durable.refuse_unsafe)
    except Problem as error:
        return Finding("durable", ok=False, detail=exits.line(error))
    return Finding("durable", ok=True, detail="fsync, full_page_writes, synchronous_commit are on")


async def _schema(where: Database) -> Finding:
    try:
        pending = await migrate.pending(where.direct)
    except Problem as error:
        return Finding("schema", ok=False, detail=exits.line(error))
    if pending:
        told = (
            f"{len(pending)} pending ({', '.join(pending)}): contacts migrate, or start the service"
        )
        return Finding("schema", ok=False, detail=told)
    return Finding("schema", ok=True, detail="up to date")


async def _keyring(settings: Settings, db: Db) -> Finding:
    path = keys.keyring_file(settings)
    try:
        if not path.exists() and await db.ask(keys.is_empty):
            return Finding(
                "keyring", ok=True, detail="none yet, and no rows: made at the first start"
            )
        ring = keyring.load(path)
    except (Problem, keyring.KeyringRefused) as error:
        return Finding("keyring", ok=False, detail=exits.line(error))
    return Finding("keyring", ok=True, detail=f"key {ring.kek}, pepper epoch {ring.epoch}")


async def _header_store(settings: Settings, db: Db) -> Finding:
    """How old what it tells is. Never a failure: the directory answers with what it has."""
    if settings.neighbours.header_store_url is None:
        return Finding("directory", ok=True, detail="what is put into it; no Header Store is named")
    try:
        state = await db.glance(OwnerId(""), headers.state)
    except Problem as error:
        return Finding("directory", ok=False, detail=exits.line(error))
    if state.phase is Phase.HELD:
        told = "removals are held: contacts directory pull --confirm-removals"
    elif state.fresh_at is None:
        told = "the Header Store was never read to its end"
    else:
        age_s = (datetime.now(UTC) - state.fresh_at).total_seconds()
        told = f"as the Header Store was {age_s:.0f} s ago"
    return Finding("directory", ok=True, detail=told)


def _clock(database_now: datetime) -> Finding:
    skew_s = abs((datetime.now(UTC) - database_now).total_seconds())
    told = f"{skew_s:.1f} s apart from the database's"
    if skew_s > _SKEW_S:
        return Finding("clock", ok=False, detail=f"{told}: keep both machines on one time server")
    return Finding("clock", ok=True, detail=told)


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    told = f"{free / 1e9:.1f} GB free"
    if free < _FREE_BYTES:
        return Finding("disk", ok=False, detail=f"{told}: under 1 GB, make room")
    return Finding("disk", ok=True, detail=told)


def _issuer(settings: Settings) -> Finding:
    if settings.jwt_issuer is not None:
        return Finding("issuer", ok=True, detail="tokens come from your own issuer")
    try:
        if keys.issuer_file(settings).exists():
            keys.issuer(settings)
    except IssuerKeyUnreadable as error:
        return Finding("issuer", ok=False, detail=str(error))
    return Finding("issuer", ok=True, detail="the embedded one")
