"""Both safes keep the same, all of a write or nothing; without its key a safe opens to nobody."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_client import FileSafe, MemorySafe, SqliteStore, WrongKey
from contact_client.private.notes import Mark, Notes, Pin
from contact_client.private.safe import Seal

NAMES = st.sampled_from([b"a", b"b", b"c"])
WRITES = st.tuples(
    st.booleans(), st.dictionaries(NAMES, st.binary(max_size=3)), st.sets(NAMES, max_size=2)
)
KEY = bytes(range(32))


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(WRITES, max_size=5))
async def test_both_safes_keep_the_same(
    tmp_path: Path, writes: list[tuple[bool, dict[bytes, bytes], set[bytes]]]
) -> None:
    file = tmp_path / "safe"
    file.unlink(missing_ok=True)
    memory = MemorySafe(KEY)
    async with FileSafe(file, KEY) as safe:
        for clears, values, gone in writes:
            for each in (memory, safe):
                await (each.clear(values) if clears else each.write(values, gone))
        assert await safe.read([b"a", b"b", b"c", b"d"]) == memory.values
    async with FileSafe(file, KEY) as safe:
        assert await safe.read([b"a", b"b", b"c", b"d"]) == memory.values


@pytest.fixture
async def safe(tmp_path: Path) -> AsyncIterator[FileSafe]:
    async with FileSafe(tmp_path / "safe") as opened:
        yield opened


async def test_a_write_that_fails_leaves_nothing(safe: FileSafe) -> None:
    await safe.write({b"a": b"1"})
    with pytest.raises(Exception, match="NOT NULL"):
        await safe.write({b"a": b"2", b"b": None}, [b"a"])  # type: ignore[dict-item]  # what no column takes
    assert await safe.read([b"a", b"b"]) == {b"a": b"1"}


async def test_the_files_are_their_users_alone_and_the_key_stays(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        async with FileSafe(tmp_path / "safe") as safe:
            await safe.write({b"a": b"1"})
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
            keys.append(safe.key)
    assert {"safe", "safe.key"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert keys[0] == keys[1]


async def test_a_file_without_its_key_gets_no_new_one(tmp_path: Path) -> None:
    async with FileSafe(tmp_path / "safe"):
        (tmp_path / "safe.key").unlink()
    with pytest.raises(ValueError, match="key"):
        FileSafe(tmp_path / "safe")
    assert not (tmp_path / "safe.key").exists()


async def test_a_book_is_no_safe(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "book"):
        pass
    with pytest.raises(ValueError, match="another version"):
        async with FileSafe(tmp_path / "book", KEY):
            pass


async def test_what_was_cleared_is_nowhere_in_the_files(safe: FileSafe, tmp_path: Path) -> None:
    await safe.write({b"n%d" % n: b"sentinel-%d" % n * 30 for n in range(200)})
    await safe.clear({b"kept": b"this"})
    assert not any(b"sentinel" in each.read_bytes() for each in tmp_path.iterdir())
    assert await safe.read([b"kept", b"n1"]) == {b"kept": b"this"}


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_32_bytes(size: int, tmp_path: Path) -> None:
    for make in (MemorySafe, lambda key: FileSafe(tmp_path / "x", key)):
        with pytest.raises(ValueError, match="32"):
            make(bytes(size))


async def test_another_key_is_noticed_and_nothing_is_written_under_it() -> None:
    safe = MemorySafe(KEY)
    await Notes(safe).keep_mark(Mark({1: Pin(bytes(32), 4)}))
    other = MemorySafe(bytes(32))
    other.values = before = dict(safe.values)
    with pytest.raises(WrongKey):
        await Notes(other).mark()
    assert other.values == before
    assert (await Notes(safe).mark()).pins == {1: Pin(bytes(32), 4)}


async def test_what_was_altered_or_put_elsewhere_does_not_open() -> None:
    safe = MemorySafe(KEY)
    notes = Notes(safe)
    await notes.keep_digests({"a": {1: b"x" * 16}, "b": {1: b"y" * 16}})
    (first, one), (second, two) = [pair for pair in safe.values.items() if pair[0] != b"check"]
    for values in ({first: two, second: one}, {first: one[:-1] + b"\0"}, {first: one[:9]}):
        safe.values = values
        with pytest.raises(WrongKey):
            await notes.digests(["a", "b"])


def test_a_value_is_sealed_anew_each_time_and_a_name_tells_nothing() -> None:
    seal, other = Seal(KEY), Seal(bytes(32))
    assert seal.shut(b"n", b"v") != seal.shut(b"n", b"v")
    assert seal.open(b"n", seal.shut(b"n", b"v")) == b"v"
    names = {seal.name("a", "x"), seal.name("b", "x"), seal.name("a", "y"), other.name("a", "x")}
    assert {len(one) for one in names} == {16}
    assert len(names) == 4
