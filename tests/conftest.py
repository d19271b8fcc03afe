"""What all tests share: a real PostgreSQL of their own (no fsync, nothing else changed), a migrated database, a Db.

A test that uses `db` shares the worker's database with others and keeps apart by `owner`, a fresh one each time; one
that counts whole tables or touches the directory takes `fresh_db`, or works in `tx`, which is rolled back.
"""

import contextlib
import itertools
import json
import os
import random
import secrets
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

import scratch
from contact_service.model.ids import OwnerId
from contact_service.storage import migrate
from contact_service.storage.db import Db, Tx
from contact_service.storage.embedded import Embedded

FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",  # a database is made and dropped in half the time it takes with more
    "deadlock_timeout": "100ms",
}
_numbers = itertools.count(1)
TEMPLATE = "CONTACT_TEST_DSN"
"""The environment names a template that runs already: of the test that started this one (tests/sync/planting.py)."""


def in_database(dsn: str, name: str) -> str:
    return dsn.replace("@/contacts?", f"@/{name}?")


class Clusters:
    """The PostgreSQLs of this worker by bin folder, each started when first asked for, with the template migrated."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[Path | None, Embedded] = {}

    async def dsn(self, bin_dir: Path | None) -> str:
        if TEMPLATE in os.environ:
            return os.environ[TEMPLATE]
        if bin_dir not in self._running:
            home = self._folder / f"pg{len(self._running)}"
            server = Embedded.start(home, bin_dir=bin_dir, durable=False, settings=FAST)
            self._running[bin_dir] = server
            await migrate.migrate(server.dsn)
        return self._running[bin_dir].dsn

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that other accounts may pass (pytest's own are 0700), with a short path for the socket."""
    folder = Path(tempfile.mkdtemp(prefix="cs-test-", dir=scratch.place()))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the account of the database can reach."""
    with open_folder() as made:
        yield made


@pytest.fixture(scope="session")
def clusters() -> Iterator[Clusters]:
    with open_folder() as made:
        running = Clusters(made)
        yield running
        running.stop()


@pytest.fixture(scope="session")
async def postgres(clusters: Clusters, request: pytest.FixtureRequest) -> str:
    """DSN of a migrated database nobody writes to: the template. Parametrised with a bin folder in tests/storage."""
    return await clusters.dsn(getattr(request, "param", None))


@contextlib.asynccontextmanager
async def database(template: str) -> AsyncIterator[str]:
    name = f"t{os.getpid()}_{next(_numbers)}"
    con = await asyncpg.connect(in_database(template, "template1"))
    try:
        await con.execute(f"CREATE DATABASE {name} TEMPLATE contacts")
        yield in_database(template, name)
        await con.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await con.close()


@pytest.fixture(scope="session")
async def dsn(postgres: str) -> AsyncIterator[str]:
    """DSN of the worker's shared database."""
    async with database(postgres) as made:
        yield made


@pytest.fixture(scope="session")
async def db(dsn: str) -> AsyncIterator[Db]:
    """The worker's shared Db: keep apart from other tests by `owner`."""
    opened = await Db.open(dsn)
    yield opened
    await opened.close()


@pytest.fixture
async def fresh_dsn(postgres: str) -> AsyncIterator[str]:
    """DSN of a database of this test's own (about 30 ms)."""
    async with database(postgres) as made:
        yield made


@pytest.fixture
async def fresh_db(fresh_dsn: str) -> AsyncIterator[Db]:
    """A Db on a database of this test's own."""
    opened = await Db.open(fresh_dsn)
    yield opened
    await opened.close()


@pytest.fixture
def owner() -> OwnerId:
    """An owner no other test has; its row is not made."""
    return OwnerId(f"owner-{uuid.uuid4().hex}")


@pytest.fixture
def rnd(request: pytest.FixtureRequest) -> random.Random:
    """Randomness whose seed a failing test tells; `CONTACT_TEST_SEED=n make test` runs it again."""
    seed = int(os.environ.get("CONTACT_TEST_SEED") or secrets.randbits(32))
    request.node.add_report_section("call", "seed", f"CONTACT_TEST_SEED={seed}")
    request.node.user_properties.append(("seed", seed))
    return random.Random(seed)


class Undone(Exception):
    """Leaves a transaction so that it is rolled back."""


@pytest.fixture
async def tx(db: Db, owner: OwnerId) -> AsyncIterator[Tx]:
    """A writing transaction of `owner`, rolled back at the test's end."""
    with contextlib.suppress(Undone):
        async with db.write(owner) as opened:
            yield opened
            raise Undone


@pytest.fixture
def shared_corpus() -> Path:
    """Test data kept beside the checkout; skips where it is not."""
    folder = Path(__file__).parents[2] / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("no ../shared/corpus beside the checkout")
    return folder


# Also of a run that was cut: every skip with its reason, and one last line alone that tells the outcome.
_outcome: Counter[str] = Counter()
_skips: Counter[str] = Counter()
_soaked: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _outcome["failed"] += 1
    elif report.skipped:
        _outcome["skipped"] += 1
        _skips[_reason(report)] += 1
    elif report.when == "call":
        _outcome["passed"] += 1
    if "soak" in report.keywords and report.when == "call":
        _soaked.append(_line(report))


def _line(report: pytest.TestReport) -> str:
    """A slow test as one line of JSON: what it is called, whether it held, how long it took, its own figures."""
    told = {
        "name": report.nodeid,
        "pass": report.passed,
        "seconds": round(report.duration, 1),
        "seed": os.environ.get("CONTACT_TEST_SEED"),
        **dict(report.user_properties),
    }
    return json.dumps(told, default=str)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _outcome["failed"] += 1
    elif report.skipped:
        _outcome["skipped"] += 1
        _skips[_reason(report)] += 1


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    for line in _soaked:
        reporter.write_line(line)
    for reason, count in sorted(_skips.items()):
        reporter.write_line(f"skipped {count}: {reason}")
    counts = (f"{_outcome[word]} {word}" for word in ("passed", "failed", "skipped"))
    reporter.write_line(", ".join(counts))


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    told = report.longrepr
    text = told[2] if isinstance(told, tuple) else str(told)
    return text.removeprefix("Skipped: ")
