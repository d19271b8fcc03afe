"""T5 of reliability.md: numbers become visible in their order, so that no reader's token passes one that is to come."""

import asyncio
import random
from typing import Any

import pytest

from acting import make_house
from asking import Api, build, fresh, person
from contact_service.actions import edge
from contact_service.actions.cards import create
from contact_service.actions.context import Context, House
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from endpoints.conftest import RATES
from sync.protocol import version


@pytest.fixture
def house(db: Db) -> House:
    return make_house(db, load(RATES))


@pytest.fixture
def ann(house: House) -> Api:
    return Api(build(house), fresh("ann"))


class Writer:
    """Writes batches; `here` is what there is of it, id to etag."""

    def __init__(self, api: Api, rnd: random.Random) -> None:
        self.api = api
        self.rnd = rnd
        self.here: dict[str, str] = {}

    async def write(self, changes: int) -> None:
        while changes > 0:
            steps = self._steps(min(changes, self.rnd.randint(1, 20)))
            changes -= len(steps)
            told = await self.api.post("/v1/contacts:batch", {"operations": steps})
            while told.status == 503:  # too many at once for a slow machine: nothing was done
                told = await self.api.post("/v1/contacts:batch", {"operations": steps})
            for step, result in zip(steps, told.json["results"], strict=True):
                assert result["status"] in {200, 201, 204}, result
                if step["op"] == "delete":
                    del self.here[step["id"]]
                else:
                    self.here[result["id"]] = result["etag"]

    def _steps(self, count: int) -> list[dict[str, Any]]:
        mine = self.rnd.sample(sorted(self.here), min(count // 2, len(self.here)))
        return [self._step(card) for card in mine] + [
            {"op": "create", "card": person("A")} for _ in range(count - len(mine))
        ]

    def _step(self, card: str) -> dict[str, Any]:
        if self.rnd.random() < 0.4:
            return {"op": "delete", "id": card, "base": self.here[card]}
        return {"op": "patch", "id": card, "patch": {"name/full": str(self.rnd.random())}}


class Reader:
    """Follows the feed. `reached`: the greatest number it was shown."""

    def __init__(self, api: Api, rnd: random.Random) -> None:
        self.api = api
        self.rnd = rnd
        self.token = ""
        self.reached = 0
        self.held: dict[str, str] = {}

    async def page(self) -> bool:
        since = f"&since={self.token}" if self.token else ""
        told = (await self.api.get(f"/v1/changes?limit={self.rnd.randint(1, 60)}{since}")).json
        for card in told["changed"]:
            assert version(card["etag"]) > self.reached, "a number that the reader had passed"
            self.reached = version(card["etag"])
            self.held[card["id"]] = card["etag"]
        for card in told["removed"]:
            self.held.pop(card, None)
        self.token = told["syncToken"]
        return bool(told["more"])


async def race(api: Api, rnd: random.Random, writers: int, changes: int) -> None:
    writing = [Writer(api, rnd) for _ in range(writers)]
    readers = [Reader(api, rnd) for _ in range(3)]
    busy = asyncio.gather(*(each.write(changes) for each in writing))
    while not busy.done():
        await asyncio.gather(*(reader.page() for reader in readers))
    await busy
    here = {card: tag for each in writing for card, tag in each.here.items()}
    for reader in readers:
        while await reader.page():
            pass
        assert reader.held == here


async def test_readers_miss_nothing_of_eight_writers(ann: Api, rnd: random.Random) -> None:
    await race(ann, rnd, 8, 1_000)


@pytest.mark.soak
async def test_readers_miss_nothing_of_a_hundred_writers(ann: Api, rnd: random.Random) -> None:
    await race(ann, rnd, 100, 400)


async def test_a_writer_that_waits_before_its_commit_is_passed_by_nobody(
    ann: Api, house: House
) -> None:
    paused, go = asyncio.Event(), asyncio.Event()

    async def slowly(ctx: Context) -> str:
        made = await create(ctx, b'{"@type":"Card","version":"1.0"}')
        paused.set()
        await go.wait()
        return str(made.id)

    reader = Reader(ann, random.Random(1))
    await ann.post("/v1/contacts", person("A"))
    slow = asyncio.ensure_future(edge.write(house, OwnerId(ann.owner), "test", slowly))
    await paused.wait()
    while await reader.page():
        pass
    quick = asyncio.ensure_future(ann.post("/v1/contacts", person("B")))
    # Many more turns than a write takes that waits for nobody.
    for _ in range(50):
        assert not await reader.page()
    go.set()
    names = {await slow, (await quick).json["id"]}
    while await reader.page():
        pass
    assert names <= reader.held.keys()
    assert len(reader.held) == 3
