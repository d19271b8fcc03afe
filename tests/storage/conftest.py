"""The storage tests run on the wheel's PostgreSQL and on the machine's own where there is one."""

import os
from pathlib import Path

import pytest


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
