"""T4 of reliability.md on the real service: `contacts serve` with its PostgreSQL, a bad network, devices, an oracle."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest

from faults.proxy import Proxy
from faults.running import Service, data_dir, service
from sync.driver import Course
from sync.oracle import Violation
from sync.over_http import NetworkRun

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

SEEDS, COURSE, LOSS = 20, Course(devices=4, steps=480), 0.04
# Histories at a time: enough to keep the service busy, too few to be refused for it.
ABREAST = 3
# Raised, not off: a device does not wait for its turn here.
RATES = {f"CONTACT_LIMIT_{name}": "100000/100000" for name in ("UPLOADS", "SYNC")}


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with data_dir() as data, service(data, **RATES) as started:
        yield started


async def history(running: Service, seed: int, course: Course, loss: float) -> Counter[str]:
    """One, of an owner of its own. Returns what befell its requests. Raises Violation, which names the seed."""
    async with Proxy(running.port, random.Random(seed), loss) as network:
        token = running.token(f"owner-{uuid.uuid4().hex}")
        try:
            await NetworkRun(token, network, seed, course).all()
        except Violation as broken:
            raise Violation(f"seed {seed}: {broken}") from broken
        return network.fates


async def test_devices_behind_a_bad_network_agree_with_the_service_in_the_end(
    running: Service, rnd: random.Random
) -> None:
    first, turns, fates = rnd.randrange(2**32), asyncio.Semaphore(ABREAST), Counter[str]()

    async def in_turn(seed: int) -> None:
        async with turns:
            fates.update(await history(running, seed, COURSE, LOSS))

    async with asyncio.TaskGroup() as group:
        for seed in range(first, first + SEEDS):
            group.create_task(in_turn(seed))
    assert min(fates.values()) > SEEDS
    assert len(fates) == 7


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_ten_devices_for_long(running: Service, rnd: random.Random) -> None:
    await history(running, rnd.randrange(2**32), Course(devices=10, steps=100_000), LOSS)
