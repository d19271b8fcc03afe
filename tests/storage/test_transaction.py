"""A story meets failures: which are told again, which are told to the caller, and what is left behind."""

import asyncio
import contextlib

import asyncpg
import pytest

from contact_service.model.problem import (
    Broken,
    Malformed,
    Overloaded,
    Unavailable,
)
from contact_service.storage import pool as pools
from storing import BUMP, MAKE, PID, VERSION, bump, opened


async def kill(db, pid):
    """End a backend as an administrator, or a crash of it, would; from another connection."""
    async with db.shared() as tx:
        await tx.value("SELECT pg_terminate_backend($1::int, 5000)", pid)


async def test_two_stories_that_would_deadlock_both_come_through(db, made):
    other = f"{made}-2"
    async with db.write(other) as tx:
        await tx.run(MAKE, other)
    met = asyncio.Barrier(2)
    told = []

    async def story(tx, first, second):
        told.append(tx.owner)
        await tx.run(BUMP, first)
        if len(told) <= 2:
            await met.wait()
        await tx.run(BUMP, second)

    pair = [
        db.writing(a, lambda tx, a=a, b=b: story(tx, a, b))
        for a, b in ((made, other), (other, made))
    ]
    await asyncio.gather(*pair)
    assert len(told) == 3
    assert [(await db.heads.get(who))["version"] for who in (made, other)] == [2, 2]


async def test_a_serialization_failure_is_told_again_three_times_and_then_busy(db, made):
    told = []

    async def story(tx):
        told.append(await tx.value(VERSION, tx.owner))
        await tx.run("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$")

    with pytest.raises(Overloaded):
        await db.writing(made, story)
    assert told == [0, 0, 0]


async def test_a_connection_lost_before_commit_is_told_again(db, made):
    pids = []

    async def story(tx):
        pids.append(await tx.value(PID))
        await bump(tx)
        if len(pids) == 1:
            await kill(db, pids[0])
        await tx.value(PID)

    await db.writing(made, story)
    assert len(set(pids)) == 2
    assert (await db.heads.get(made))["version"] == 1


async def test_a_connection_lost_in_commit_is_not_told_again_and_says_that_it_may_be_done(db, made):
    told = []

    async def story(tx):
        told.append(await tx.value(PID))
        await bump(tx)
        await kill(db, told[0])

    with pytest.raises(Unavailable, match="not known"):
        await db.writing(made, story)
    assert len(told) == 1


async def test_a_reader_whose_connection_is_lost_at_its_end_is_told_again(db, made):
    pids = []

    async def story(tx):
        pids.append(await tx.value(PID))
        if len(pids) == 1:
            await kill(db, pids[0])
        return len(pids)

    assert await db.reading(made, story) == 2


async def test_connections_that_died_while_idle_cost_no_request(postgres, made, db):
    async with opened(postgres, read_pool=2, write_pool=2) as other:
        pids = []
        async with other.read("ann") as one, other.read("ann") as two, other.write("ann") as three:
            pids = [await tx.value(PID) for tx in (one, two, three)]
        for pid in pids:
            await kill(db, pid)
        async with other.read("ann") as tx:
            assert await tx.value(PID) not in pids
        assert await other.heads.get("nobody") is None
        assert await other.writing("ann", lambda tx: tx.value(PID)) not in pids


async def test_a_swallowed_failure_is_not_taken_for_a_commit(db, made):
    async def story(tx):
        await bump(tx)
        with contextlib.suppress(asyncpg.DivisionByZeroError):
            await tx.value("SELECT 1 / 0")

    with pytest.raises(Broken):
        await db.writing(made, story)
    assert (await db.heads.get(made))["version"] == 0


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT nowhere", Broken),
        ("SELECT pg_sleep(2)", Overloaded),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $$", Unavailable),
        ("SELECT chr(0)", Broken),
        ("SELECT convert_from('\\x00', 'UTF8')", Malformed),
    ],
)
async def test_a_driver_error_never_leaves(sql, told, postgres):
    async with opened(postgres, statement_s=0.1) as db:
        with pytest.raises(told):
            async with db.write("ann") as tx:
                await tx.value(sql)
        assert await db.reading("ann", lambda tx: tx.value("SELECT 1")) == 1


async def test_a_refused_row_is_told_by_its_constraint_and_never_by_its_values(db, made):
    with pytest.raises(Broken) as told:
        async with db.write(made) as tx:
            await tx.run(MAKE, made)
    assert "owners_pkey" in told.value.detail
    assert made not in str(told.value)


async def test_an_error_of_the_story_itself_stays_what_it_is(db, owner):
    with pytest.raises(FileNotFoundError):
        async with db.write(owner):
            raise FileNotFoundError


async def test_a_cancelled_story_gives_its_connection_back_clean(postgres, made):
    async with opened(postgres, write_pool=1) as db:
        started = asyncio.Event()

        async def story(tx):
            await bump(tx)
            started.set()
            await tx.value("SELECT pg_sleep(30)")

        task = asyncio.create_task(db.writing(made, story))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.writing(made, lambda tx: tx.value("SELECT 1")) == 1


async def test_who_waits_too_long_for_a_connection_is_told_so(postgres, monkeypatch):
    monkeypatch.setattr(pools, "WAIT_S", 0.05)
    async with opened(postgres, write_pool=1) as db:
        async with db.write("ann"):
            assert not db.has_room()
            with pytest.raises(Overloaded):
                async with db.write("bea"):
                    pass
        assert db.has_room()
        assert await db.writing("bea", lambda tx: tx.value("SELECT 1")) == 1


async def test_many_cancelled_waiters_lose_no_connection(postgres, rnd):
    async with opened(postgres, write_pool=3) as db:

        async def one(n):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rnd.random() * 0.01), db.write("ann") as tx:
                    await tx.value("SELECT pg_sleep(0.001)")

        for _ in range(10):
            await asyncio.gather(*[one(n) for n in range(30)])
        async with db.write("a"), db.write("b"), db.write("c"):
            assert db._writes._open == 3
        assert not db._writes._waiters


async def test_ddl_under_a_prepared_statement_costs_one_retelling(fresh_db):
    pick = "SELECT user_id, since FROM blocks WHERE owner_id = $1::text"
    async with fresh_db.write("ann") as tx:
        await tx.run("INSERT INTO blocks VALUES ('ann', 'bea', now())")
    for _ in range(2):
        await fresh_db.reading("ann", lambda tx: tx.rows(pick, "ann"))
    async with fresh_db.shared() as tx:
        await tx.run("ALTER TABLE blocks ALTER user_id TYPE varchar(128)")
    assert len(await fresh_db.reading("ann", lambda tx: tx.rows(pick, "ann"))) == 1
