"""Records of sources: those of the older release are taken over, copies for undo are the run's first."""

import uuid
from datetime import UTC, datetime

import asyncpg
import pytest

from contact_service.model.ids import CardId
from contact_service.storage import import_undo, migrate, source_records
from contact_service.storage.db import Tx
from contact_service.storage.source_records import Brought, Link, Source

NOW = datetime(2026, 1, 2, tzinfo=UTC)
GOOGLE = Source("google", b"account")


@pytest.fixture
async def older(postgres, monkeypatch):
    """DSN of a database as the release before has it, with one link of an upload."""
    con = await asyncpg.connect(postgres)
    await con.execute("DROP DATABASE IF EXISTS older WITH (FORCE)")
    await con.execute("CREATE DATABASE older TEMPLATE template0")
    await con.close()
    dsn = postgres.replace("@/contacts?", "@/older?")
    files = migrate.known()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "known", lambda: files[:4])
        await migrate.migrate(dsn)
    con = await asyncpg.connect(dsn)
    await con.execute(
        "INSERT INTO card_sources (owner_id, kind, device_id, source_key, card_id, digest, version, record) VALUES ('o', 'ios', 'd', 'k', $1, 'x', 7, 'sealed')",
        uuid.UUID(int=1),
    )
    await con.close()
    return dsn


async def test_links_of_uploads_become_records(older):
    await migrate.migrate(older)
    con = await asyncpg.connect(older)
    row = await con.fetchrow("SELECT * FROM source_records")
    assert (row["owner_id"], row["kind"], row["source"], row["source_key"]) == (
        "o",
        "ios",
        b"d",
        b"k",
    )
    assert (row["card_id"], row["digest"], row["version"]) == (uuid.UUID(int=1), b"x", 7)
    assert (row["record"], row["run"], row["born"]) == (b"sealed", 0, 0)
    assert await con.fetchval("SELECT to_regclass('card_sources')") is None
    await con.close()


def link(key: bytes, *, version: int = 1, **more: object) -> Link:
    return Link(key, CardId(uuid.UUID(bytes=key * 16)), b"digest", version, **more)


async def test_a_record_that_is_put_again_was_born_when_it_was(tx: Tx) -> None:
    await source_records.put(tx, GOOGLE, [link(b"a")], Brought(NOW, 1, 1), fresh=True)
    more = {"record": b"sealed", "residue": b"rest", "etag": "e", "blobs": (b"blob",)}
    await source_records.put(
        tx, GOOGLE, [link(b"a", version=2, **more), link(b"b")], Brought(NOW, 2, 3), fresh=False
    )
    found = await source_records.among(tx, GOOGLE, [b"a", b"b", b"c"])
    assert {key: (r.version, r.run, r.page, r.born) for key, r in found.items()} == {
        b"a": (2, 2, 3, 1),
        b"b": (1, 2, 3, 2),
    }
    one = found[b"a"]
    assert (one.record, one.residue, one.etag, one.blobs) == (b"sealed", b"rest", "e", [b"blob"])
    assert await source_records.among(tx, Source("google", b"other"), [b"a"]) == {}


async def test_what_a_run_found_first_is_what_its_undo_has(tx: Tx) -> None:
    await source_records.put(tx, GOOGLE, [link(b"a")], Brought(NOW, 1, 1), fresh=True)
    await import_undo.keep(tx, GOOGLE, 2, [b"a"], NOW)
    await source_records.put(tx, GOOGLE, [link(b"a", version=5)], Brought(NOW, 2, 1), fresh=False)
    await import_undo.keep(tx, GOOGLE, 2, [b"a"], NOW)
    (kept,) = await import_undo.of_run(tx, 2, 10)
    assert kept.record is not None
    assert (kept.record.version, kept.record.run) == (1, 1)


async def test_what_a_run_itself_brought_needs_no_copy(tx: Tx) -> None:
    await source_records.put(tx, GOOGLE, [link(b"a")], Brought(NOW, 1, 1), fresh=True)
    await import_undo.keep(tx, GOOGLE, 1, [b"a"], NOW)
    assert await import_undo.of_run(tx, 1, 10) == []
    assert [r.source_key for r in await source_records.born(tx, GOOGLE, 1, 10)] == [b"a"]


async def test_an_undone_run_hands_on_to_the_next_that_touched_the_record(tx: Tx) -> None:
    await source_records.put(tx, GOOGLE, [link(b"a")], Brought(NOW, 1, 1), fresh=True)
    for number in (2, 3):
        await import_undo.keep(tx, GOOGLE, number, [b"a"], NOW)
        again = [link(b"a", version=number)]
        await source_records.put(tx, GOOGLE, again, Brought(NOW, number, 1), fresh=False)
    await import_undo.hand_on(tx, GOOGLE, 2, [b"a"])
    (kept,) = await import_undo.of_run(tx, 3, 10)
    assert kept.record is not None
    assert kept.record.version == 1
    await import_undo.leave(tx, GOOGLE, 1)
    (kept,) = await import_undo.of_run(tx, 3, 10)
    assert kept.record is None
    assert await source_records.born(tx, GOOGLE, 1, 10) == []
