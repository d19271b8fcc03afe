import time

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.problem import (
    Broken,
    DatabaseDown,
    InvalidId,
    NotFound,
    Overloaded,
)
from contact_service.storage import durable, migrate, owners
from contact_service.storage.db import Db
from contact_service.storage.transaction import literal
from storing import BUMP, PID, VERSION, bump, opened


async def test_a_transaction_knows_its_owner(db, owner):
    async with db.write(owner) as tx:
        assert await tx.value("SELECT current_setting('cs.owner')") == owner
    async with db.shared() as tx:
        assert await tx.value("SELECT current_setting('cs.owner')") == ""


async def test_the_owner_of_one_transaction_is_gone_in_the_next_on_the_same_connection(postgres):
    async with opened(postgres, read_pool=1) as db:
        async with db.read("ann") as tx:
            before = await tx.value(PID)
        assert await db.ask(
            lambda con: con.fetchrow("SELECT pg_backend_pid(), current_setting('cs.owner', true)")
        ) == (before, "")


@pytest.mark.parametrize(
    "owner",
    ["o'brien", "back\\slash", "'; DROP TABLE cards; --", "\\'; SELECT 1; --", "名前 ☎", "$1"],
)
async def test_an_owner_with_signs_of_sql_is_only_a_name(db, owner):
    async with db.read(owner) as tx:
        assert await tx.value("SELECT current_setting('cs.owner')") == owner


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40))
def test_a_literal_ends_where_its_text_ends(text):
    told = literal(text)
    inner = told[2:-1].replace("\\\\", "").replace("''", "")
    assert told[:2] == "E'"
    assert told[-1] == "'"
    assert "'" not in inner
    assert "\\" not in inner


@pytest.mark.parametrize("owner", ["a\x00b", "a\ud800"])
def test_an_owner_that_is_no_text_is_refused(owner):
    with pytest.raises(InvalidId):
        literal(owner)


async def test_the_verbs_tell_value_row_rows_and_count(db, made):
    async with db.write(made) as tx:
        assert await tx.value(VERSION, made) == 0
        assert (await tx.row(VERSION, made))["version"] == 0
        assert [row["version"] for row in await tx.rows(VERSION, made)] == [0]
        assert await tx.run(BUMP, made) == 1
        assert await tx.run(BUMP, "nobody") == 0
        assert await tx.row(VERSION, "nobody") is None


async def test_a_reader_sees_one_snapshot_and_cannot_write(db, made):
    async with db.read(made) as tx:
        assert await tx.value(VERSION, made) == 0
        await db.writing(made, bump)
        assert await tx.value(VERSION, made) == 0
    with pytest.raises(Broken):
        async with db.read(made) as tx:
            await tx.run(BUMP, made)


async def test_a_story_that_fails_leaves_nothing(db, made):
    async def story(tx):
        await bump(tx)
        raise NotFound

    with pytest.raises(NotFound):
        await db.writing(made, story)
    assert (await db.heads.get(made))["version"] == 0


async def test_a_read_after_an_acknowledged_write_sees_it(db, made):
    for version in range(1, 30):
        await db.writing(made, bump)
        assert (await db.heads.get(made))["version"] == version


async def test_without_prepared_statements_all_works_with_its_time_limits(postgres):
    async with opened(postgres, prepared=False, statement_s=0.1) as db:
        assert await db.heads.get("nobody") is None
        with pytest.raises(Overloaded):
            await db.reading("ann", lambda tx: tx.value("SELECT pg_sleep($1)", 2.0))


async def test_a_database_that_is_not_there_is_a_problem_at_once(tmp_path):
    start = time.monotonic()
    with pytest.raises(DatabaseDown):
        await Db.open(f"postgresql://contacts@/contacts?host={tmp_path}")
    assert time.monotonic() - start < 1


async def test_a_server_that_may_forget_commits_is_refused_by_name(db):
    with pytest.raises(DatabaseDown, match="fsync, full_page_writes, synchronous_commit"):
        await db.ask(durable.refuse_unsafe)


async def test_the_migrated_schema_is_one_we_can_serve(db):
    assert await db.ask(migrate.compatible)


async def test_what_is_to_follow_a_commit_follows_nothing_else(db, owner):
    told = []

    async def story(tx):
        tx.after.append(lambda: told.append("kept"))
        assert told == []

    await db.writing(owner, story)
    assert told == ["kept"]

    def lost(tx):
        tx.after.append(lambda: told.append("lost"))

    async def broken(tx):
        lost(tx)
        raise NotFound

    async def swallowing(tx):
        lost(tx)
        with pytest.raises(asyncpg.PostgresError):
            await tx.value("SELECT nowhere")

    with pytest.raises(NotFound):
        await db.writing(owner, broken)
    with pytest.raises(Broken):
        await db.writing(owner, swallowing)
    assert told == ["kept"]


async def test_numbers_are_handed_out_once(db, made):
    async def twice(tx):
        await owners.advance(tx, 0, 3, live=0, books={})
        await owners.advance(tx, 0, 2, live=0, books={})

    with pytest.raises(Broken):
        await db.writing(made, twice)
    assert (await db.heads.get(made))["version"] == 0
