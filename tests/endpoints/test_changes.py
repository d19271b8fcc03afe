"""The feed over HTTP: pages against an oracle while others write, tokens that are no good, both formats."""

import asyncio
import random
from typing import Any

import msgspec
import pytest

from asking import Api, fresh, person
from contact_service.actions import edge
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.endpoints.json.changes import Changes
from contact_service.model.ids import OwnerId


async def page(api: Api, since: str | None, limit: int, *, lines: bool = False) -> dict[str, Any]:
    query = f"limit={limit}" + (f"&since={since}" if since else "")
    told = await api.get(f"/v1/changes?{query}", accept="application/x-ndjson" if lines else "*/*")
    assert told.status == 200, told
    if not lines:
        msgspec.json.decode(told.body, type=Changes)
        found: dict[str, Any] = told.json
        return found
    *rows, last = [msgspec.json.decode(line) for line in told.body.splitlines()]
    return {
        "changed": [r["changed"] for r in rows if "changed" in r],
        "removed": [r["removed"] for r in rows if "removed" in r],
        **last,
    }


class Device:
    """A copy of the book, kept by paging through the feed."""

    def __init__(self, api: Api, rnd: random.Random) -> None:
        self.api = api
        self.rnd = rnd
        self.token: str | None = None
        self.held: dict[str, str] = {}

    async def pull(self) -> bool:
        """One page; whether there is more."""
        limit = self.rnd.randint(1, 7)
        found = await page(self.api, self.token, limit, lines=self.rnd.random() < 0.3)
        assert len(found["changed"]) + len(found["removed"]) <= limit
        for card in found["changed"]:
            self.held[card["id"]] = card["etag"]
        for gone in found["removed"]:
            self.held.pop(gone, None)
        self.token = found["syncToken"]
        return bool(found["more"])

    async def follow(self) -> None:
        while await self.pull():
            pass


async def write(api: Api, rnd: random.Random, oracle: dict[str, str], steps: int) -> None:
    """Random writes; `oracle` is what the book then holds, id to etag."""
    for _ in range(steps):
        step = rnd.random()
        if step < 0.5 or not oracle:
            told = await api.post("/v1/contacts", person("A"))
            oracle[told.json["id"]] = told.headers["etag"]
        elif step < 0.8:
            card = rnd.choice(list(oracle))
            told = await api.patch(f"/v1/contacts/{card}", {"name/full": str(rnd.random())})
            oracle[card] = told.headers["etag"]
        else:
            card = rnd.choice(list(oracle))
            assert (await api.delete(f"/v1/contacts/{card}")).status == 204
            del oracle[card]


@pytest.mark.parametrize("run", range(6))
async def test_pages_under_concurrent_writes_miss_nothing_and_revive_nothing(
    app: App, rnd: random.Random, run: int
) -> None:
    api = Api(app, fresh(f"run{run}"))
    oracle: dict[str, str] = {}
    await write(api, rnd, oracle, 8)
    devices = [Device(api, rnd) for _ in range(3)]
    writing = asyncio.ensure_future(write(api, rnd, oracle, 30))
    while not writing.done():
        for device in devices:
            await device.pull()
        await asyncio.sleep(0)
    await writing
    for device in devices:
        await device.follow()
        assert device.held == oracle
        before = device.token
        assert not await device.pull()
        assert device.token == before
    late = Device(api, rnd)
    await late.follow()
    assert late.held == oracle


async def test_what_went_while_a_first_sync_pages_is_told(ann: Api) -> None:
    made = [(await ann.post("/v1/contacts", person("A"))).json["id"] for _ in range(3)]
    first = await page(ann, None, 1)
    await ann.delete(f"/v1/contacts/{first['changed'][0]['id']}")
    rest = await page(ann, first["syncToken"], 10)
    assert rest["removed"] == [first["changed"][0]["id"]]
    assert {c["id"] for c in rest["changed"]} == set(made) - set(rest["removed"])


async def test_seven_changes_at_limit_three_are_seven_then_none(ann: Api) -> None:
    start = (await page(ann, None, 1))["syncToken"]
    for i in range(7):
        await ann.post("/v1/contacts", person(str(i)))
    seen, token, sizes = [], start, []
    more = True
    while more:
        found = await page(ann, token, 3)
        seen += [c["name"]["full"] for c in found["changed"]]
        sizes.append(len(found["changed"]))
        token, more = found["syncToken"], found["more"]
    assert seen == [str(i) for i in range(7)]
    assert sizes == [3, 3, 1]
    assert (await page(ann, token, 3))["changed"] == []


async def shift(house: House, owner: str, sql: str) -> None:
    await edge.write(house, OwnerId(owner), "x", lambda ctx: ctx.tx.run(sql, ctx.owner))


async def test_tokens_that_are_no_good(ann: Api, bea: Api, house: House) -> None:
    await ann.post("/v1/contacts", person("A"))
    token = (await page(ann, None, 9))["syncToken"]
    garbage = ("x", "%00", token[:-1], token + "x", "%F0%9F%98%80", "a" * 5000, token.swapcase())
    for bad in garbage:
        told = await ann.get(f"/v1/changes?since={bad}")
        assert told.status == (422 if bad == "%00" else 400), bad
    told = await bea.get(f"/v1/changes?since={token}")
    assert (told.status, told.slug) == (400, "sync-token-unknown")

    head = await edge.head(house, OwnerId(ann.owner))
    future = house.signer.sync_token(head.owner, head.epoch, head.version + 1)
    told = await ann.get(f"/v1/changes?since={future}")
    assert (told.status, told.slug) == (400, "sync-token-future")
    await shift(house, ann.owner, "UPDATE owners SET epoch = epoch + 1 WHERE owner_id = $1")
    told = await ann.get(f"/v1/changes?since={token}")
    assert (told.status, told.slug) == (410, "sync-token-expired")
    assert told.headers["retry-after"] == str(told.json["retryAfter"])


async def test_a_poll_is_answered_without_the_book(ann: Api, house: House) -> None:
    await ann.post("/v1/contacts", person("A"))
    found = await page(ann, None, 9)
    house.snapshots.drop(OwnerId(ann.owner))
    misses = house.snapshots.misses
    told = await ann.get(f"/v1/changes?since={found['syncToken']}")
    assert told.json == {
        "changed": [],
        "removed": [],
        "more": False,
        "syncToken": found["syncToken"],
    }
    assert house.snapshots.misses == misses
    lines = await ann.get(f"/v1/changes?since={found['syncToken']}", accept="application/x-ndjson")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert lines.json == {"syncToken": found["syncToken"], "more": False}


async def test_an_empty_delta_is_the_same_with_and_without_the_book(ann: Api, house: House) -> None:
    await ann.post("/v1/contacts", person("A"))
    path = f"/v1/changes?since={(await page(ann, None, 9))['syncToken']}"
    warm = [await ann.get(path), await ann.get(path)]
    house.snapshots.drop(OwnerId(ann.owner))
    assert (await ann.get(path)).body == warm[0].body == warm[1].body
