"""Where the embedded database lives and under which account, against real processes."""

import contextlib
import os
import re
import shutil
from pathlib import Path

import asyncpg
import pytest

from contact_service.model.problem import DatabaseDown
from contact_service.storage import embedded_account, embedded_cluster, embedded_place
from storing import start, told

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to step down from")


async def ask(server, sql, *args):
    con = await asyncpg.connect(server.dsn)
    try:
        return await con.fetchval(sql, *args)
    finally:
        await con.close()


@as_root
async def test_started_by_root_it_runs_as_nobody_with_no_other_group(server):
    status = told("status", server.pid)
    nobody = embedded_account.choose(None, server.place.cluster)
    assert re.search(r"^Uid:\t(\d+)", status, re.MULTILINE)[1] == str(nobody.uid)
    assert re.search(r"^Groups:\t *(.*)$", status, re.MULTILINE)[1].split() == []
    assert server.place.cluster.stat().st_mode & 0o777 == 0o700


@as_root
def test_started_by_another_account_it_runs_as_that(folder):
    # Forked, not run anew: the interpreter itself may lie where that account cannot go.
    account = embedded_account.choose("nobody", folder / "none")
    os.chown(folder, account.uid, account.gid)
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            server = start(folder / "d")
            ran_as = Path(f"/proc/{server.pid}").stat().st_uid
            server.stop()
            code = 0 if ran_as == account.uid and not server.running() else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


async def test_a_path_too_long_for_a_socket_gets_a_short_one(folder):
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir(mode=0o711)
    server = start(deep)
    assert (
        len(os.fsencode(server.place.sockets / embedded_place.SOCKET))
        <= embedded_place.SOCKET_BYTES
    )
    assert server.place.sockets.stat().st_mode & 0o777 == 0o700
    assert await ask(server, "SELECT 1") == 1
    server.stop()
    assert not server.place.sockets.exists()


def test_a_stranger_in_the_place_of_our_socket_folder_is_not_followed(folder, monkeypatch):
    monkeypatch.setattr(embedded_place.tempfile, "gettempdir", lambda: str(folder))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    home = folder / ("d" * 100)
    account = embedded_account.choose(None, home)
    expected = embedded_place._sockets(home, account)
    expected.symlink_to("/etc")
    with pytest.raises(DatabaseDown, match="not ours"):
        embedded_place._sockets(home, account)


@as_root
async def test_below_a_closed_folder_the_cluster_lives_elsewhere_and_is_found_again(
    folder, monkeypatch
):
    monkeypatch.setattr(embedded_place, "ELSEWHERE", folder / "elsewhere")
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    server = start(closed / "d")
    await ask(server, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert server.place.home.parent == folder / "elsewhere"
    assert (closed / "d" / "postgres.path").read_text().strip() == str(server.place.home)
    again = start(closed / "d")
    assert await ask(again, "SELECT n FROM kept") == 7
    again.stop()


@as_root
async def test_programs_the_account_cannot_read_are_copied_beside_the_data(data_dir, folder):
    hidden = folder / "hidden"
    shutil.copytree(
        embedded_place.wheel().parent,
        hidden / "pg",
        symlinks=True,
        ignore=shutil.ignore_patterns("include"),
    )
    hidden.chmod(0o700)
    for _ in range(2):
        server = start(data_dir, bin_dir=hidden / "pg" / "bin")
        assert await ask(server, "SELECT 1") == 1
        assert server._command[0] == str(data_dir / "pginstall" / "bin" / "postgres")
        server.stop()


@as_root
def test_a_cluster_of_another_account_is_refused_with_the_way_out(data_dir):
    with pytest.raises(DatabaseDown, match="belongs to another account"):
        start(data_dir, db_user="daemon")


@pytest.mark.parametrize("db_user", ["root", "no-such-account"])
def test_an_account_that_cannot_run_it_is_refused(folder, db_user):
    with pytest.raises(DatabaseDown):
        start(folder / "d", db_user=db_user)


def test_a_folder_without_postgres_is_refused_by_name(folder):
    with pytest.raises(DatabaseDown, match="no postgres in"):
        start(folder / "d", bin_dir=folder)


def test_a_long_log_starts_anew_and_keeps_the_one_before(data_dir, monkeypatch):
    monkeypatch.setattr(embedded_place, "_LOG_BYTES", 10)
    (data_dir / "postgres.log").write_text("x" * 20)
    (data_dir / "postgres.log.1").unlink(missing_ok=True)
    start(data_dir).stop()
    assert (data_dir / "postgres.log.1").read_text() == "x" * 20
    assert "ready to accept" in embedded_cluster.last_lines(data_dir / "postgres.log")


def test_a_data_directory_that_cannot_be_is_refused_by_name(folder):
    (folder / "file").write_text("")
    with pytest.raises(DatabaseDown, match="file"):
        start(folder / "file" / "d")


def test_programs_that_do_not_run_are_a_problem_and_give_the_folder_free(folder):
    for name in ("postgres", "initdb"):
        (folder / name).write_text("no program")
    with pytest.raises(DatabaseDown, match="cannot be set up"):
        start(folder / "d", bin_dir=folder)
    os.close(embedded_place.lock(folder / "d"))
