"""Workers as processes: kill -9 in the middle of sweeping and working loses nothing and lets go of nothing twice;
a stop is clean; `serve` works too, unless it is told not to.
"""

import asyncio
import os
import select
import signal
import subprocess
import time
from pathlib import Path

import asyncpg
import pytest

from conftest import open_folder
from contact_service.storage.embedded import Embedded
from faults.running import command, data_dir, environ, service, until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(240)]

OWNERS = 200
KILLS = int(os.environ.get("CONTACT_TEST_KILLS") or 5)
OWED = (
    "INSERT INTO owners (owner_id, epoch, created_at) SELECT 'o' || i, 1, now() FROM generate_series(1, 200) i",
    "INSERT INTO idempotency_keys (owner_id, key_mac, fingerprint, at) SELECT owner_id, 'old', '', now() - interval '25 h' FROM owners",
    "INSERT INTO idempotency_keys (owner_id, key_mac, fingerprint, at) SELECT owner_id, 'new', '', now() FROM owners",
    "INSERT INTO outbox (owner_id, at, id, task) SELECT owner_id, now(), gen_random_uuid(), 'tidy' FROM owners",
)
LEFT = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM pgqueuer.pgqueuer), (SELECT count(*) FROM idempotency_keys WHERE key_mac = 'old')"
KEPT = "SELECT count(*) FROM idempotency_keys WHERE key_mac = 'new'"
# Else the next worker would wait the 30 s after which a silent one counts as dead.
DIED = "UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 min' WHERE status = 'picked'"


class Own:
    """A PostgreSQL of the test's own, asked from outside."""

    def __init__(self, folder: Path) -> None:
        self.server = Embedded.start(folder, durable=False)
        self.dsn = self.server.dsn

    def ask(self, *statements: str) -> tuple[int, ...]:
        """The first row of the last statement."""

        async def fetch() -> tuple[int, ...]:
            con = await asyncpg.connect(self.dsn)
            try:
                rows = [await con.fetch(sql) for sql in statements]
                return tuple(rows[-1][0]) if rows[-1] else ()
            finally:
                await con.close()

        return asyncio.run(fetch())

    def done(self) -> bool:
        return self.ask(DIED, LEFT) == (0, 0, 0)


@pytest.fixture(scope="module")
def place():
    """A data directory with keys in it, and a migrated database."""
    with open_folder() as folder, data_dir() as data:
        own = Own(folder / "own")
        Working(data, own.dsn).end(signal.SIGTERM)
        yield data, own
        own.server.stop()


@pytest.fixture
def owed(place):
    """The same, with nothing done yet for `OWNERS` owners."""
    data, own = place
    own.ask("TRUNCATE owners, books, outbox, idempotency_keys, pgqueuer.pgqueuer")
    own.ask(*OWED)
    return data, own


class Working:
    """`contacts worker` in a process of its own."""

    def __init__(self, data: Path, dsn: str | None = None) -> None:
        line = command("worker", "--data-dir", str(data))
        line += ["--database-url", dsn] if dsn else []
        self.process = subprocess.Popen(
            line,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ(CONTACT_JOBS_SWEEP_MS="50"),
            text=True,
        )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        self.line = self.process.stdout.readline() if ready else ""
        assert self.line == "contacts: the worker is ready\n"

    def end(self, number: int) -> tuple[int, str]:
        """Its exit code and what it wrote to stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


def test_kills_in_the_middle_lose_no_errand_and_let_go_of_nothing_else(owed, rnd, record_property):
    data, own = owed
    midway = 0
    for _ in range(KILLS):
        worker = Working(data, own.dsn)
        time.sleep(rnd.uniform(0.02, 0.8))
        worker.end(signal.SIGKILL)
        waiting, queued, old = own.ask(DIED, LEFT)
        midway += 0 < old < OWNERS
        assert waiting + queued >= old, "an errand is in neither place and not done"
        assert own.ask(KEPT) == (OWNERS,)
    record_property("midway", midway)
    worker = Working(data, own.dsn)
    until(own.done, "not all was done")
    assert worker.end(signal.SIGTERM)[0] == 0
    assert own.ask(KEPT) == (OWNERS,)
    # Kills only before or after the work would show nothing.
    assert midway


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_worker_ends_with_0_and_leaves_no_job_picked(owed, number):
    data, own = owed
    worker = Working(data, own.dsn)
    until(lambda: own.ask(LEFT)[2] < OWNERS, "it does nothing")
    assert worker.end(number) == (0, "")
    picked = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE status <> 'queued'"
    assert own.ask(picked) == (0,)
    waiting, queued, old = own.ask(LEFT)
    # One that was on its way from the outbox may stand in both.
    assert waiting + queued >= old


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_works_too_and_stops_cleanly(owed, workers):
    data, own = owed
    options = ("--database-url", own.dsn, "--workers", workers, "--drain", "0")
    with service(data, *options) as started:
        until(own.done, "the service did not do it")
        status, told = started.ask("GET", "/metrics")
        assert status == 200
        assert b"contacts_jobs_held_entries 0.0" in told
        assert started.stop(signal.SIGTERM) == 0
        assert "Traceback" not in started.errors()


def test_serve_without_a_worker_leaves_it_to_one_that_runs_beside(owed):
    data, own = owed
    connected = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'contact-service-jobs'"
    )
    with service(data, "--database-url", own.dsn, "--no-worker") as started:
        assert started.ask("GET", "/readyz")[0] == 200
        assert own.ask(connected) == (0,)
        assert own.ask(LEFT) == (OWNERS, 0, OWNERS)
        worker = Working(data, own.dsn)
        until(own.done, "the worker did not do it")
        assert worker.end(signal.SIGTERM)[0] == 0


def test_a_worker_beside_an_embedded_database_leaves_it_running():
    with data_dir() as data, service(data, "--no-worker") as started:
        assert Working(data).end(signal.SIGTERM) == (0, "")
        assert started.ask("GET", "/readyz")[0] == 200
