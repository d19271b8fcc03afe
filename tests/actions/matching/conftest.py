"""Owners whose books are matched, on one clock."""

from collections.abc import Callable

import pytest

from booking import Clock, Owner, naming
from contact_service.storage.db import Db


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def named(db: Db, clock: Clock) -> Callable[[str], Owner]:
    return naming(db, clock)


@pytest.fixture
async def ann(named: Callable[[str], Owner]) -> Owner:
    return await named("ann").matching()


@pytest.fixture
async def bea(named: Callable[[str], Owner]) -> Owner:
    return await named("bea").matching()
