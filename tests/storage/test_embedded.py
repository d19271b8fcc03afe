"""The supervisor, against real processes. Times are limits with a factor of 3."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import asyncpg
import pytest

from contact_service.model.problem import DatabaseDown
from contact_service.storage import durable, embedded, migrate
from contact_service.storage.db import Db
from contact_service.storage.embedded import Embedded
from storing import start, told

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="needs root, to step down from")
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel's parent-death signal is Linux only"
)


def alive(pid):
    try:
        return told("stat", pid).rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(true, within_s=10.0):
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - processes of others raise no event
            await asyncio.sleep(0.01)


async def ask(server, sql, *args):
    con = await asyncpg.connect(server.dsn)
    try:
        return await con.fetchval(sql, *args)
    finally:
        await con.close()


async def test_an_empty_folder_becomes_a_database_that_keeps_its_promises(folder):
    start = time.monotonic()
    server = Embedded.start(folder / "new")
    took = time.monotonic() - start
    try:
        assert server.running()
        assert (
            await ask(server, "SELECT current_user::text || current_database()")
            == "contactscontacts"
        )
        con = await asyncpg.connect(server.dsn)
        await durable.refuse_unsafe(con)
        shown = {
            name: await con.fetchval(f"SHOW {name}")
            for name in ("data_checksums", "listen_addresses", "max_connections")
        }
        assert shown == {"data_checksums": "on", "listen_addresses": "", "max_connections": "100"}
        assert (
            await con.fetchval(
                "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'contacts'"
            )
            == "bC.UTF-8"
        )
        await con.close()
    finally:
        server.stop()
    assert took < 2.5 * 3


async def test_it_stops_cleanly_and_is_ready_again_within_a_second(data_dir):
    server = start(data_dir)
    pid = server.pid
    await ask(server, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    server.stop()
    assert not alive(pid)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    assert not server.running()
    begun = time.monotonic()
    again = start(data_dir)
    took = time.monotonic() - begun
    assert await ask(again, "SELECT n FROM kept") == 7
    again.stop()
    assert took < 1 * 3


async def test_after_kill_9_of_the_postmaster_it_is_back_with_its_rows(server):
    await migrate.migrate(server.dsn)
    db = await Db.open(server.dsn)
    watching = asyncio.create_task(server.watch())
    async with db.shared() as tx:
        await tx.run("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    before = server.pid
    os.kill(before, signal.SIGKILL)
    begun = time.monotonic()
    while server.pid == before or not server.running():
        with contextlib.suppress(DatabaseDown):
            assert await db.heads.get("ann") is None
            assert await db.reading("ann", lambda tx: tx.value("SELECT 1")) == 1
        await asyncio.sleep(0.02)
    assert await db.reading("ann", lambda tx: tx.value("SELECT n FROM kept")) == 7
    assert time.monotonic() - begun < 1 * 3
    await db.close()
    watching.cancel()


async def test_a_backend_that_crashes_takes_nothing_with_it_for_long(server):
    db = await Db.open(server.dsn)
    watching = asyncio.create_task(server.watch())
    pid = await db.writing("ann", lambda tx: tx.value("SELECT pg_backend_pid()"))
    os.kill(pid, signal.SIGKILL)
    postmaster = server.pid

    for _ in range(200):
        with contextlib.suppress(DatabaseDown):
            assert await db.writing("ann", lambda tx: tx.value("SELECT 1")) == 1
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("no answer within 4 s")
    assert server.pid == postmaster
    await db.close()
    watching.cancel()


async def test_five_crashes_in_five_minutes_end_the_watch(server, monkeypatch):
    monkeypatch.setattr(embedded, "_CRASHES", 2)
    watching = asyncio.create_task(server.watch())
    first = server.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: server.running() and server.pid != first)
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(DatabaseDown, match="crashed"):
        await asyncio.wait_for(watching, 10)


PARENT = """
import sys, time, pathlib
from contact_service.storage.embedded import Embedded
print(Embedded.start(pathlib.Path(sys.argv[1])).pid, flush=True)
time.sleep(60)
"""


@on_linux
def test_kill_9_of_us_ends_it_cleanly_and_leaves_nothing(data_dir):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data_dir)], stdout=subprocess.PIPE, env=env
    ) as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    until = time.monotonic() + 5
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(pid)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    start(data_dir).stop()


def test_a_second_service_on_the_same_folder_is_refused_and_harms_nothing(server, data_dir):
    with pytest.raises(DatabaseDown, match="Another contact service"):
        start(data_dir)
    assert server.running()


def test_a_refused_start_gives_the_folder_free(data_dir):
    version = data_dir / "postgres" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(DatabaseDown, match="made by PostgreSQL 9"):
            start(data_dir)
    finally:
        version.write_text(kept)
    start(data_dir).stop()


async def test_the_pid_file_of_a_server_that_died_is_no_obstacle(data_dir):
    server = start(data_dir)
    os.kill(server.pid, signal.SIGKILL)
    server._child.wait()
    assert (data_dir / "postgres" / "postmaster.pid").exists()
    server.stop()
    again = start(data_dir)
    assert await ask(again, "SELECT 1") == 1
    again.stop()


async def test_an_orphan_of_ours_is_ended_before_the_start(data_dir):
    orphan = start(data_dir)
    pid = orphan.pid
    os.close(orphan._lock)  # as if its supervisor were gone
    orphan._lock = -1
    again = start(data_dir)
    assert not alive(pid)
    assert await ask(again, "SELECT 1") == 1
    again.stop()
    orphan.stop()


def test_what_a_cut_first_start_left_is_dropped(folder):
    left = folder / "d" / "postgres.new"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18")
    server = start(folder / "d")
    server.stop()
    assert not left.exists()


def test_a_server_that_cannot_start_says_why_with_the_end_of_its_log(data_dir, monkeypatch):
    monkeypatch.setattr(embedded, "_PAUSES_S", (0.01, 0.01))
    with pytest.raises(DatabaseDown, match="shared_buffers"):
        Embedded.start(data_dir, settings={"shared_buffers": "none"})


def test_only_the_main_thread_may_start_it(data_dir):
    caught = []

    def run():
        try:
            start(data_dir)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


async def test_the_log_of_the_server_holds_no_values(server):
    con = await asyncpg.connect(server.dsn)
    await con.execute(
        "CREATE TEMP TABLE t (who text PRIMARY KEY); INSERT INTO t VALUES ('sentinel-ann')"
    )
    for sql in ("INSERT INTO t VALUES ($1)", "SELECT $1::text::int"):
        with pytest.raises(asyncpg.PostgresError):
            await con.execute(sql, "sentinel-ann")
    with pytest.raises(asyncpg.PostgresError):
        await con.execute("INSERT INTO t VALUES ('sentinel-ann')")
    await con.close()
    assert "sentinel" not in server.place.log.read_text()
