"""The job queue: its migration is what its library makes, its trigger keeps to its own table, keys wait once."""

import asyncio
import subprocess
import sys
from datetime import timedelta

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries

from contact_service.model.problem import DatabaseDown
from contact_service.storage import queue
from contact_service.storage.queue import Entry
from faults.running import environ

COUNT = "SELECT count(*) FROM pgqueuer.pgqueuer"
LOGGED = "SELECT count(*) FROM pgqueuer.pgqueuer_log"


@pytest.fixture
async def place(fresh_dsn):
    con = await asyncpg.connect(fresh_dsn)
    yield fresh_dsn, con
    await con.close()


async def test_the_migration_makes_what_the_library_would(place):
    _, con = place
    plan = await Queries(AsyncpgDriver(con), QueryBuilderEnvironment(queue.NAMES)).plan_upgrade()
    assert list(plan.statements) == []


async def test_a_planted_difference_to_the_library_is_seen(place):
    _, con = place
    await con.execute("ALTER TABLE pgqueuer.pgqueuer DROP COLUMN headers")
    plan = await Queries(AsyncpgDriver(con), QueryBuilderEnvironment(queue.NAMES)).plan_upgrade()
    assert list(plan.statements) != []


async def test_the_queues_trigger_is_the_only_one(place):
    _, con = place
    found = await con.fetch(
        "SELECT tgrelid::regclass::text AS t FROM pg_trigger WHERE NOT tgisinternal"
    )
    assert [row["t"] for row in found] == ["pgqueuer.pgqueuer"]


async def test_a_key_waits_once_and_may_come_again_when_it_is_done(place):
    dsn, con = place
    done = []

    async def note(job):
        done.append(job.payload)
        if len(done) == 2:
            line.stop()

    async with queue.opened(dsn, poll_s=0.1) as line:
        await line.put([Entry("note", b"a", "k"), Entry("note", b"b", "k")])
        await line.put([Entry("note", b"c", "k")])
        assert await con.fetchval(COUNT) == 1
        await con.execute("UPDATE pgqueuer.pgqueuer SET dedupe_key = 'other'")
        await line.put([Entry("note", b"d", "k")])
        line.on("note", note)
        async with asyncio.timeout(20):
            await line.work()
    assert sorted(done) == [b"a", b"d"]
    assert await con.fetchval(COUNT) == 0


def test_the_librarys_names_are_not_taken_from_the_environment():
    names = "from contact_service.storage.queue import NAMES; print(NAMES.model_dump_json())"
    foreign = {"PGQUEUER_PREFIX": "x_", "CHANNEL": "x", "QUEUE_TABLE": "x", "PGQUEUER_SCHEMA": "x"}
    told = subprocess.run(
        [sys.executable, "-c", names], env=environ(**foreign), capture_output=True, check=True
    )
    assert told.stdout.decode().strip() == queue.NAMES.model_dump_json()


async def test_a_log_that_is_old_goes(place):
    dsn, con = place
    async with queue.opened(dsn) as line:
        await line.put([Entry("note", b"a", "k")])
        now = await con.fetchval("SELECT now()")
        await line.forget(now - timedelta(days=1))
        assert await con.fetchval(LOGGED) == 1
        await line.forget(now + timedelta(days=1))
        assert await con.fetchval(LOGGED) == 0


async def test_a_database_that_is_not_there_is_said_to_be_down(folder):
    with pytest.raises(DatabaseDown):
        async with queue.opened(f"postgresql://contacts@/contacts?host={folder}"):
            pass


async def test_a_mistake_in_a_task_holds_the_job_and_keeps_no_value(place):
    dsn, con = place

    async def wrong(_job):
        line.stop()
        raise ValueError("+15550100")

    async with queue.opened(dsn, poll_s=0.1) as line:
        await line.put([Entry("note", b"a", "k")])
        line.on("note", wrong)
        await line.work()
        assert await line.held() == 1
    told = await con.fetchval("SELECT string_agg(traceback::text, '') FROM pgqueuer.pgqueuer_log")
    assert "GivenUp" in told
    assert "5550100" not in told
