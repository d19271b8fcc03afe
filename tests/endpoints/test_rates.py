"""Rates an owner and lanes a process: announced, held, and given back."""

import asyncio
import time

import pytest

from acting import make_house
from asking import Api, build, call, fresh
from contact_service.endpoints import limits
from contact_service.endpoints.lanes import Lane
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Overloaded
from contact_service.settings.environment import load
from contact_service.storage.db import Db


async def test_a_rate_is_announced_and_held_an_owner(db: Db) -> None:
    made = build(make_house(db, load({"CONTACT_LIMIT_SYNC": "1/3"})))
    ann, bea = Api(made, fresh("ann")), Api(made, fresh("bea"))
    told = [await ann.get("/v1/changes") for _ in range(4)]
    assert [t.status for t in told] == [200, 200, 200, 429]
    assert told[0].headers["ratelimit-policy"] == '"sync";q=3;w=3'
    assert [t.headers["ratelimit"].partition(";t=")[0] for t in told] == [
        f'"sync";r={left}' for left in (2, 1, 0, 0)
    ]
    assert told[3].slug == "rate-limited"
    assert told[3].headers["retry-after"] == "1" == str(told[3].json["retryAfter"])
    assert (await bea.get("/v1/changes")).status == 200
    assert (await ann.get("/v1/contacts")).status == 200
    counted = (await call(made, "GET", "/metrics")).body
    assert b'contacts_limits_refused_total{limit="sync"} 1.0' in counted


def test_a_bucket_refills_at_its_rate_and_forgets_the_oldest() -> None:
    bucket = limits.Bucket("x", load({"CONTACT_LIMIT_SYNC": "2/4"}).limits["sync"], most=10)
    ann = OwnerId("ann")
    assert [bucket.take(ann, 100.0)[0] for _ in range(4)] == [3, 2, 1, 0]
    with pytest.raises(limits.RateLimited):
        bucket.take(ann, 100.4)
    assert bucket.take(ann, 100.5)[0] == 0
    assert bucket.take(ann, 200.0)[0] == 3
    for i in range(20):
        bucket.take(OwnerId(f"o{i}"), 200.0)
    assert len(bucket._due) <= 11
    assert ann not in bucket._due


async def test_a_full_lane_refuses_after_a_moment_and_frees_its_places() -> None:
    lane = Lane("x", 2)
    assert lane.enter_now()
    assert lane.enter_now()
    begun = time.monotonic()
    with pytest.raises(Overloaded) as refused:
        await lane.enter()
    assert 0.09 < time.monotonic() - begun < 1
    assert refused.value.slug == "overloaded"
    waiting = [asyncio.ensure_future(lane.enter()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    lane.leave()
    await waiting[1]
    lane.leave()
    lane.leave()
    assert [lane.enter_now() for _ in range(3)] == [True, True, False]
