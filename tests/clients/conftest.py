"""One served house for all clients; each test has an owner of its own, signed in by an app password."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clients.account import Account
from clients.programs import Vdirsyncer
from faults.running import Service, data_dir, service


@pytest.fixture(scope="session")
def running() -> Iterator[Service]:
    with data_dir() as data, service(data) as started:
        yield started


@pytest.fixture
def account(running: Service) -> Account:
    return Account(running)


@pytest.fixture
def computer(account: Account, tmp_path: Path) -> Callable[..., Vdirsyncer]:
    """`computer("laptop")`: a folder of that name, kept in step with the account by vdirsyncer."""

    def named(name: str, resolution: str = "") -> Vdirsyncer:
        return Vdirsyncer(tmp_path / name, account, resolution)

    return named


@pytest.fixture
def laptop(computer: Callable[..., Vdirsyncer]) -> Vdirsyncer:
    """A computer whose books are discovered."""
    made = computer("laptop")
    made.discover()
    return made
