"""Both stores keep the same; what the file held before a crash it holds after it."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_client import MemoryStore, SqliteStore, Store
from contact_client.replica.store import Change, Draft, Flight, Held, Mark

SOURCE = Path(__file__).parents[2] / "src"
BYTES = st.binary(max_size=3)
NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.none() | st.sampled_from(["", "x", "é"])
DRAFTS = st.builds(
    Draft, NAMES, BYTES, BYTES, TEXTS, st.booleans(), st.booleans(), st.integers(1, 4)
)
FLIGHTS = st.builds(Flight, NAMES, st.tuples(st.integers(1, 4)), BYTES)
CHANGES = st.builds(
    Change,
    held=st.tuples(st.builds(Held, NAMES, NAMES, BYTES, NAMES, st.integers(0, 2), st.booleans())),
    gone=st.just(()) | st.tuples(NAMES),
    added=st.just(()) | st.tuples(DRAFTS, DRAFTS),
    altered=st.just(()) | st.tuples(DRAFTS),
    done=st.just(()) | st.tuples(st.integers(1, 4)),
    aliases=st.dictionaries(NAMES, NAMES, max_size=1),
    mark=st.none() | st.builds(Mark, TEXTS, st.integers(0, 2), st.none() | FLIGHTS),
)


async def all_of(store: Store) -> list[Any]:
    return [
        await store.mark(),
        await store.every(),
        await store.drafts(),
        [await store.unseen(n) for n in (0, 1, 2, 3)],
        [(await store.held(n), await store.drafts(n), await store.alias(n)) for n in "abcd"],
    ]


def sorted_unseen(found: list[Any]) -> list[Any]:
    return [*found[:3], [sorted(names) for names in found[3]], *found[4:]]


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CHANGES, max_size=6))
async def test_both_stores_keep_the_same(tmp_path: Path, changes: list[Change]) -> None:
    file = tmp_path / "book.db"
    file.unlink(missing_ok=True)
    memory = MemoryStore()
    async with SqliteStore(file) as store:
        for change in changes:
            # Alone in the memory's dictionary a draft that is not there could be altered into being.
            known = {draft.seq for draft in await store.drafts()}
            fits = tuple(draft for draft in change.altered if draft.seq in known)
            whole = Change(
                **{f: getattr(change, f) for f in change.__struct_fields__} | {"altered": fits}
            )
            await store.commit(whole)
            await memory.commit(whole)
            assert sorted_unseen(await all_of(store)) == sorted_unseen(await all_of(memory))
    async with SqliteStore(file) as store:
        assert sorted_unseen(await all_of(store)) == sorted_unseen(await all_of(memory))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path / "book.db") as opened:
        yield opened


async def test_a_change_that_fails_leaves_nothing(store: SqliteStore) -> None:
    before = await all_of(store)
    broken = Change(added=(Draft("a", b"", b"x"),), gone=("a",), aliases={"a": None})  # type: ignore[dict-item]  # what no column takes
    with pytest.raises(sqlite3.IntegrityError):
        await store.commit(broken)
    assert await all_of(store) == before


async def test_the_file_is_its_users_alone(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(Change(gone=("a",)))
    modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == {0o600}


async def test_two_programs_cannot_have_the_file_open(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        async with SqliteStore(tmp_path / "book.db"):
            pass
    assert await store.every() == []


async def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "book.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ValueError, match="another version"):
        async with SqliteStore(tmp_path / "book.db"):
            pass


async def test_a_closed_store_is_no_store(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "book.db") as store:
        pass
    with pytest.raises((ValueError, RuntimeError)):
        await store.every()


WRITER = """
import asyncio, sys
from contact_client import Book, SqliteStore

async def main():
    async with SqliteStore(sys.argv[1]) as store:
        book = Book(store)
        n = 0
        while True:
            await book.create({"name": {"full": str(n)}})
            print(n, flush=True)
            n += 1

asyncio.run(main())
"""


def written_until_killed(file: Path) -> int:
    """How many edits a program said it had made before it was ended by kill -9."""
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    line = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=env) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        return len(told) + len(list(writer.stdout))


async def test_every_edit_that_returned_is_there_after_a_kill(tmp_path: Path) -> None:
    told = written_until_killed(tmp_path / "book.db")
    async with SqliteStore(tmp_path / "book.db") as store:
        kept = await store.drafts()
    # One more may have been written and not yet told.
    assert len(kept) in {told, told + 1}
