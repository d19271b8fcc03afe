"""`contacts serve` as a process: how soon it is ready, how it ends, what it leaves behind (nothing)."""

import http.client
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import scratch
from contact_service.storage.embedded import Embedded
from faults.running import Service, command, data_dir, environ, processes_of, service, until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(120)]

SLACK = 3  # a wall clock on a shared machine
ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def running():
    with data_dir() as data, service(data) as started:
        yield started


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environ(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_empty_folder_is_served_within_5_s_and_an_existing_one_within_2_s(record_property):
    with data_dir() as data:
        with service(data) as first:
            assert first.lines == [
                f"contacts: http://127.0.0.1:{first.port}/app/  (a token: contacts token OWNER)\n"
            ]
            assert first.ask("GET", "/readyz")[0] == 200
        with service(data) as second:
            assert second.ask("GET", "/readyz")[0] == 200
        record_property("ready_s", [first.start_s, second.start_s])
        assert first.start_s < 5 * SLACK
        assert second.start_s < 2 * SLACK


def test_keys_are_readable_by_their_owner_alone(running):
    keys = running.data / "keys"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [keys, *keys.iterdir()]}
    assert modes == {"keys": 0o700, "keyring.json": 0o600, "issuer.json": 0o600}


def test_a_second_service_on_the_directory_is_refused_in_one_line(running):
    second = run("serve", "--data-dir", str(running.data), "--port", "0")
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert "Another contact service runs on" in second.stderr
    assert running.ask("GET", "/readyz")[0] == 200


def test_a_port_in_use_is_told_in_one_line_before_anything_is_made(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("serve", "--data-dir", str(folder / "d"), "--port", str(port))
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == (
        f"contacts: Port {port} on 127.0.0.1 is in use: stop what listens there, or choose another --port.\n"
    )
    assert not (folder / "d").exists()


def test_sigterm_first_turns_balancers_away_then_ends_with_0():
    with data_dir() as data, service(data, "--drain", "1") as started:
        started.process.send_signal(signal.SIGTERM)
        until(lambda: started.ask("GET", "/readyz")[0] == 503, "still ready", within_s=1)
        assert started.ask("GET", "/healthz")[0] == 200
        assert started.stop() == 0
        assert "Traceback" not in started.errors()


def test_an_upload_on_its_way_is_answered_before_the_end():
    with data_dir() as data, service(data) as started:
        line = http.client.HTTPConnection("127.0.0.1", started.port, timeout=30)
        line.putrequest("POST", "/v1/contacts")
        line.putheader("Authorization", f"Bearer {started.token('ann')}")
        line.putheader("Content-Length", "32")
        line.endheaders(b'{"@type":"Card","v')
        time.sleep(0.2)
        started.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        line.send(b'ersion":"1.0"}')
        assert line.getresponse().status == 201
        line.close()
        assert started.stop() == 0


def test_a_second_signal_ends_at_once():
    with data_dir() as data, service(data, "--drain", "600") as started:
        begun = time.monotonic()
        started.process.send_signal(signal.SIGTERM)
        until(lambda: started.ask("GET", "/readyz")[0] == 503, "still ready")
        assert started.stop(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 2 * SLACK


def test_kill_9_leaves_no_process():
    with data_dir() as data:
        started = Service(data)
        assert processes_of(data)
        started.kill()
        assert processes_of(data) == []


def test_two_workers_read_what_either_wrote_and_a_dead_one_is_replaced():
    with data_dir() as data, service(data, "--workers", "2") as started:
        workers = [pid for pid in processes_of(data) if "wiring.worker" in cmdline(pid)]
        assert len(workers) == 2
        for n in range(30):
            status, card = started.ask("POST", "/v1/contacts", "ann", {"@type": "Card"})
            assert status == 201, card
            # Each request takes a connection of its own, so it meets either worker.
            status, page = started.ask("GET", "/v1/contacts", "ann")
            assert len(page["contacts"]) == n + 1
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: len(replaced(data, workers)) == 2, "the dead worker was not replaced")
        assert started.ask("GET", "/v1/contacts", "ann")[0] == 200
        assert started.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_database_of_ones_own_is_served_and_left_running(folder, workers):
    own = Embedded.start(folder / "own", durable=False)
    try:
        with data_dir() as data:
            options = ("--database-url", own.dsn, "--workers", workers)
            with service(data, *options) as started:
                assert started.ask("POST", "/v1/contacts", "ann", {"@type": "Card"})[0] == 201
                assert started.stop() == 0
            assert not (data / "postgres").exists()
        assert own.running()
    finally:
        own.stop()


def test_kill_9_of_the_parent_leaves_no_worker():
    with data_dir() as data:
        started = Service(data, "--workers", "2")
        started.kill()
        assert processes_of(data) == []


def test_a_head_that_never_ends_is_cut(running):
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nx: ")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_without_end(line)
    assert running.ask("GET", "/readyz")[0] == 200


def test_what_is_no_http_is_a_problem(running):
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as line:
        line.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        told = line.recv(1000)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in told


@pytest.mark.skipif(not ROOT, reason="needs root, to become another account")
def test_an_ordinary_account_can_serve_too(folder):
    account = pwd.getpwnam("nobody")
    prefix = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    can = subprocess.run(
        [*prefix, sys.executable, "-c", "import contact_service"],
        env=environ(), capture_output=True, check=False,
    )  # fmt: skip
    if can.returncode:
        pytest.skip("this Python lies below a folder that other accounts cannot enter")
    os.chown(folder, account.pw_uid, account.pw_gid)
    with service(folder / "d", prefix=prefix) as started:
        assert started.ask("GET", "/readyz")[0] == 200
        assert (started.data / "postgres").stat().st_uid == account.pw_uid


@pytest.mark.skipif(not ROOT, reason="needs root, to step down from")
def test_root_serves_with_the_database_under_another_account(running):
    assert (running.data / "postgres").stat().st_uid not in (0, -1)
    assert running.process.poll() is None


def test_the_demo_prints_a_code_a_token_and_a_first_request():
    with data_dir() as data, service(data, "--demo") as started:
        assert "/app/#code=" in started.lines[0]
        started.stop()
        assert started.lines[1].startswith("token of demo")
        assert started.lines[2].startswith("try: curl ")


def send_without_end(line: socket.socket) -> None:
    for _ in range(1_000):
        line.sendall(b"a" * 65_536)


def cmdline(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except OSError:
        return ""


def replaced(data: Path, former: list[int]) -> list[int]:
    found = [pid for pid in processes_of(data) if "wiring.worker" in cmdline(pid)]
    return found if former[0] not in found else []


def test_a_temporary_folder_is_where_the_tests_run():
    # The harness kills what names the folder: it must never be one that others use.
    with data_dir() as data:
        assert data.is_relative_to(scratch.place() or tempfile.gettempdir())


def test_a_database_that_crashes_again_and_again_ends_the_service_with_1():
    with data_dir() as data, service(data) as started:
        for _ in range(5):
            until(lambda: answering(started), "the database did not come back")
            crashed = started.postmaster()
            os.kill(crashed, signal.SIGKILL)
            until(lambda: gone(started, crashed), "the database is still there")  # noqa: B023 - asked at once
        assert started.process.wait(20) == 1
        assert "PostgreSQL crashed 5 times" in started.errors()
        assert "Traceback" not in started.errors()


def answering(started: Service) -> bool:
    try:
        return started.ask("GET", "/readyz")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def gone(started: Service, postmaster: int) -> bool:
    if started.process.poll() is not None:
        return True
    try:
        return started.postmaster() != postmaster
    except (OSError, ValueError):
        return True
