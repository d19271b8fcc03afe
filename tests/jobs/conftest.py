"""A database of the test's own with the job queue in it, a House over it, and workers that look often."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from acting import Actor, make_house
from contact_service.actions import errands
from contact_service.actions.context import House
from contact_service.jobs.worker import Worker
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from contact_service.telemetry import logs

QUEUED = "SELECT count(*) FROM pgqueuer.pgqueuer"
WAITING = "SELECT count(*) FROM outbox"
BLOBS = "SELECT count(*) FROM blobs"
BLOB = "INSERT INTO blobs (owner_id, blob, media, size, sealed, at) VALUES ($1, $2, 'image/png', 1, '', now() - interval '1 s')"


class Place:
    """A House on a database of its own."""

    def __init__(self, house: House, dsn: str) -> None:
        self.house = house
        self.dsn = dsn

    def worker(self, house: House | None = None, **pace: float) -> Worker:
        given = {"stale_s": 2.0, "poll_s": 0.2, **pace}
        return Worker(house or self.house, self.dsn, logs.make("error"), **given)

    def actor(self, name: str) -> Actor:
        return Actor(self.house, OwnerId(name))

    async def value(self, sql: str, *args: object) -> int:
        return await self.house.db.ask(lambda con: con.fetchval(sql, *args))

    async def run(self, sql: str, *args: object) -> None:
        await self.house.db.ask(lambda con: con.execute(sql, *args))

    async def quiet(self) -> bool:
        """Nothing is left to be done."""
        return not await self.value(WAITING) and not await self.value(QUEUED)


def leaving(place: Place, owner: str, name: str, payload: bytes = b"") -> Awaitable[object]:
    """An errand left by a transaction of the owner's."""
    return place.actor(owner)(errands.leave, name, payload)


async def none_of(place: Place, sql: str) -> bool:
    return not await place.value(sql)


@pytest.fixture
def place(fresh_db: Db, fresh_dsn: str) -> Place:
    return Place(make_house(fresh_db, load({"CONTACT_JOBS_SWEEP_MS": "50"})), fresh_dsn)


@contextlib.asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    """The workers at work; at the end they are stopped as at SIGTERM, and must end."""
    tasks = [asyncio.ensure_future(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks)


async def until(true: Callable[[], Awaitable[object]], why: str, within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while not await true():
        assert time.monotonic() < end, why
        await asyncio.sleep(0.02)
