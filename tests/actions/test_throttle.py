"""Limits that all workers share: four of them, each with its own connections, never make more calls than may be."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from acting import make_house
from contact_service.actions import throttle
from contact_service.actions.context import House
from contact_service.integrations.connector import Limit, Manifest
from contact_service.storage.db import Db

MANIFEST = Manifest("google", (), (), (Limit(300, 60, "account"), Limit(40, 3600, "app")))


@pytest.fixture
async def workers(dsn: str) -> AsyncIterator[list[House]]:
    pools = [await Db.open(dsn, read_pool=1, write_pool=2) for _ in range(4)]
    yield [make_house(db) for db in pools]
    for db in pools:
        await db.close()


def fresh(manifest: Manifest = MANIFEST) -> tuple[throttle.Bucket, ...]:
    return throttle.buckets(manifest, uuid.uuid4().hex, uuid.uuid4())


async def test_four_workers_together_make_as_many_calls_as_may_be(workers: list[House]) -> None:
    """40 of the app in an hour, whichever accounts they are for: the 41st is for nobody."""
    client, made = uuid.uuid4().hex, 0

    async def work(house: House) -> None:
        nonlocal made
        own = throttle.buckets(MANIFEST, client, uuid.uuid4())
        while True:
            wait = await throttle.take(house, own)
            if wait > 1:
                return
            if wait:
                await asyncio.sleep(wait)
                continue
            made += 1

    await asyncio.gather(*(work(house) for house in workers for _ in range(2)))
    assert made == 40


async def test_a_call_that_one_limit_refuses_is_counted_in_none(house: House) -> None:
    tight = Manifest("google", (), (), (Limit(2, 3600, "account"), Limit(1, 3600, "app")))
    wide = Manifest("google", (), (), (Limit(2, 3600, "account"),))
    client, account = uuid.uuid4().hex, uuid.uuid4()
    both = throttle.buckets(tight, client, account)
    assert await throttle.take(house, both) == 0
    assert await throttle.take(house, both) > 60
    own = throttle.buckets(wide, client, account)
    assert await throttle.take(house, own) == 0
    assert await throttle.take(house, own) > 60


async def test_silence_is_heard_by_all_workers(workers: list[House]) -> None:
    of = fresh()
    assert await throttle.take(workers[0], of) == 0
    await throttle.silence(workers[0], of, timedelta(seconds=315))
    for house in workers[1:]:
        assert 300 < await throttle.take(house, of) <= 315
    other = throttle.buckets(MANIFEST, "another app", uuid.uuid4())
    assert await throttle.take(workers[1], other) == 0


async def test_a_shorter_silence_does_not_end_a_longer_one(house: House) -> None:
    of = fresh()
    assert await throttle.take(house, of) == 0
    await throttle.silence(house, of, timedelta(seconds=300))
    await throttle.silence(house, of, timedelta(seconds=1))
    assert await throttle.take(house, of) > 290


async def test_where_nothing_is_limited_nothing_waits(house: House) -> None:
    assert await throttle.take(house, fresh(Manifest("google", (), (), ()))) == 0
