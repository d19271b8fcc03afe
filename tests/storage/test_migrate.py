import asyncio

import asyncpg
import pytest

from contact_service.model.problem import DatabaseDown, Unavailable
from contact_service.storage import migrate
from contact_service.storage.migrate import Migration


@pytest.fixture
async def empty(postgres):
    """DSN of an empty database."""
    con = await asyncpg.connect(postgres)
    await con.execute("DROP DATABASE IF EXISTS bare WITH (FORCE)")
    await con.execute("CREATE DATABASE bare TEMPLATE template0")
    await con.close()
    return postgres.replace("@/contacts?", "@/bare?")


@pytest.fixture
def files(monkeypatch):
    made = [
        Migration(1, "pre", "0001_pre_a", "CREATE TABLE a (i int PRIMARY KEY)"),
        Migration(2, "pre", "0002_pre_b", "CREATE TABLE b (i int PRIMARY KEY)"),
    ]
    monkeypatch.setattr(migrate, "known", lambda: made)
    return made


async def test_an_empty_database_is_brought_to_head_and_then_left_alone(empty):
    names = [one.name for one in migrate.known()]
    assert await migrate.pending(empty) == names
    assert await migrate.migrate(empty) == names
    assert await migrate.pending(empty) == []
    assert await migrate.migrate(empty) == []


async def test_four_migrators_at_once_apply_each_file_once(empty, files):
    done = await asyncio.gather(*[migrate.migrate(empty) for _ in range(4)])
    assert sorted(map(len, done)) == [0, 0, 0, 2]


async def test_a_file_that_fails_leaves_nothing_and_keeps_those_before_it(empty, files):
    files[1] = Migration(2, "pre", "0002_pre_b", "CREATE TABLE b (i int); SELECT 1 / 0")
    with pytest.raises(DatabaseDown, match="0002_pre_b"):
        await migrate.migrate(empty)
    assert await migrate.pending(empty) == ["0002_pre_b"]
    files[1] = Migration(2, "pre", "0002_pre_b", "CREATE TABLE b (i int)")
    assert await migrate.migrate(empty) == ["0002_pre_b"]


async def test_an_applied_file_that_was_changed_is_refused(empty, files):
    await migrate.migrate(empty)
    files[0] = Migration(1, "pre", "0001_pre_a", "CREATE TABLE a (i bigint)")
    with pytest.raises(DatabaseDown, match="0001_pre_a"):
        await migrate.migrate(empty)


async def test_only_a_pending_pre_file_stops_the_release_from_serving(empty, files):
    await migrate.migrate(empty)
    con = await asyncpg.connect(empty)
    files.append(Migration(3, "post", "0003_post_c", "DROP TABLE b"))
    assert await migrate.compatible(con)
    files.append(Migration(4, "pre", "0004_pre_d", "CREATE TABLE d (i int)"))
    assert not await migrate.compatible(con)
    await con.close()


async def test_a_lock_that_others_hold_is_waited_for_in_short_turns_and_given_up(
    empty, files, monkeypatch
):
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(migrate, "PAUSE_S", 0.01)
    await migrate.migrate(empty)
    files.append(Migration(3, "pre", "0003_pre_c", "ALTER TABLE a ADD j int"))
    con = await asyncpg.connect(empty)
    async with con.transaction():
        await con.execute("LOCK TABLE a")
        with pytest.raises(Unavailable, match="0003_pre_c"):
            await migrate.migrate(empty)
    assert await migrate.migrate(empty) == ["0003_pre_c"]
    await con.close()


async def test_a_server_that_is_not_there_is_a_problem(tmp_path):
    with pytest.raises(DatabaseDown):
        await migrate.migrate(f"postgresql://contacts@/contacts?host={tmp_path}")


@pytest.mark.parametrize("file", ["1_pre_a.sql", "0001_now_a.sql", "0001_pre_A.sql", "notes.txt"])
def test_a_file_name_out_of_form_is_refused(file):
    with pytest.raises(ValueError, match="NNNN"):
        migrate._read(file, "")


def test_numbers_without_gaps_are_demanded(tmp_path, monkeypatch):
    (tmp_path / "migrations").mkdir()
    for name in ("0001_pre_a.sql", "0003_pre_b.sql"):
        (tmp_path / "migrations" / name).write_text("SELECT 1")
    monkeypatch.setattr(migrate.resources, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="gaps"):
        migrate.known()


async def up_to(number: int, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the files applied up to that one."""
    every = migrate.known()
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "known", lambda: every[:number])
        await migrate.migrate(dsn)


async def test_bindings_that_stand_already_are_found_by_matrix_clients_as_before(
    empty, monkeypatch
):
    await up_to(12, empty, monkeypatch)
    con = await asyncpg.connect(empty)
    await con.execute("""
        INSERT INTO directory_entries (epoch, tag, kind, entry_id, user_id, seq, objection, terms)
        SELECT n / 4, 'e' || n::text::bytea, 'phone', n % 4, 'u' || n % 2, n, 'o' || (n % 4)::text::bytea, 't' || n % 2
        FROM generate_series(0, 7) AS n;
        INSERT INTO directory_matrix (epoch, tag, kind, entry_id, user_id)
        SELECT n / 4, 'm' || n::text::bytea, 'phone', n % 4, 'u' || n % 2 FROM generate_series(0, 7) AS n
    """)
    await up_to(13, empty, monkeypatch)
    rows = await con.fetch("SELECT entry_id, user_id, objection, terms FROM directory_matrix")
    await con.close()
    assert {tuple(row) for row in rows} == {
        (n, f"u{n % 2}", b"o%d" % n, f"t{n % 2}") for n in range(4)
    }
    assert len(rows) == 8


async def test_what_nodes_of_the_release_before_wrote_is_said_beside_the_bindings_last(
    empty, monkeypatch
):
    await up_to(13, empty, monkeypatch)
    con = await asyncpg.connect(empty)
    await con.execute("""
        INSERT INTO directory_users (
            user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, state, class, seq
        )
        VALUES ('u', '', 1, 'nobody', 'contacts', 'everyone', 'nobody', 'active', 'verified', 1);
        INSERT INTO directory_entries (epoch, tag, kind, entry_id, user_id, seq, objection, terms)
        VALUES (1, 'e', 'phone', 1, 'u', 1, 'o', 'active everyone everyone everyone everyone nobody');
        INSERT INTO directory_matrix (epoch, tag, kind, entry_id, user_id) VALUES (1, 'm', 'phone', 1, 'u')
    """)
    await up_to(14, empty, monkeypatch)
    terms = "active nobody contacts everyone nobody nobody"
    assert await con.fetchval("SELECT terms FROM directory_entries") == terms
    found = await con.fetchrow("SELECT objection, terms FROM directory_matrix")
    await con.close()
    assert tuple(found) == (b"o", terms)
