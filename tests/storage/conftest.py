"""The storage tests run on the wheel's PostgreSQL and on the machine's own where there is one."""

import os
import tempfile
from pathlib import Path

import pytest

from contact_service.storage.embedded import Embedded
from storing import MAKE, start


def own_bin_dir() -> Path | None:
    named = os.environ.get("CONTACT_TEST_POSTGRES_BIN")
    if named:
        return Path(named)
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4])
    )
    return found[-1].parent if found else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "postgres" not in metafunc.fixturenames:
        return
    own = own_bin_dir()
    reason = "no other PostgreSQL here (install postgresql or set CONTACT_TEST_POSTGRES_BIN)"
    marks = [pytest.mark.skip(reason=reason)] if own is None else []
    choices = [pytest.param(None, id="wheel"), pytest.param(own, id="own", marks=marks)]
    metafunc.parametrize("postgres", choices, indirect=True, scope="session")


@pytest.fixture
async def made(db, owner):
    """An owner with a row."""
    async with db.write(owner) as tx:
        await tx.run(MAKE, owner)
    return owner


@pytest.fixture(scope="module")
def data_dir():
    """A data directory with a cluster, stopped, that the tests hand on: each leaves it as one that starts."""
    with tempfile.TemporaryDirectory(prefix="cs-made-") as folder:
        Path(folder).chmod(0o711)
        Embedded.start(Path(folder) / "d", durable=False).stop()
        yield Path(folder) / "d"


@pytest.fixture
def server(data_dir):
    started = start(data_dir)
    yield started
    started.stop()
