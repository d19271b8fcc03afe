"""T6 of reliability.md: a request may come any number of times, in any order, at once or cut; it has one effect."""

import asyncio
import random
from typing import Any

import msgspec
import pytest

from acting import card, make_house
from asking import Api, Reply, build, fresh, person
from contact_service.actions import cards, edge, idempotency
from contact_service.actions.context import Context, House
from contact_service.actions.idempotency import Answer
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from endpoints.conftest import RATES

OWNERS, ABREAST, BUSY = 8, 16, 503


class Unfinished(Exception):
    """Ends a transaction before its commit."""


@pytest.fixture
def house(db: Db) -> House:
    return make_house(db, load(RATES))


@pytest.fixture
def apis(house: House) -> list[Api]:
    app = build(house)
    # Good for longer than a hundred thousand requests take.
    return [Api(app, fresh("ann"), ttl_s=36_000) for _ in range(OWNERS)]


async def contacts(api: Api) -> list[dict[str, Any]]:
    """All of them."""
    found: list[dict[str, Any]] = []
    path = "/v1/contacts?limit=1000"
    while True:
        told = (await api.get(path)).json
        found += told["contacts"]
        if told["next"] is None:
            return found
        path = f"/v1/contacts?limit=1000&cursor={told['next']}"


async def one(api: Api, key: int) -> Reply:
    """A request that makes one contact, which nothing but its key tells from others."""
    headers = {"idempotency_key": f"k{key}"}
    if key % 2:
        return await api.post("/v1/contacts", person(f"n{key}"), **headers)
    step = {"op": "create", "clientId": "c", "card": person(f"n{key}")}
    return await api.post("/v1/contacts:batch", {"operations": [step]}, **headers)


async def repeat(apis: list[Api], keys: int, rnd: random.Random) -> None:
    """Each key is used 1 to 5 times, in any order; one use in ten is cut off somewhere on its way."""
    waiting = [key for key in range(keys) for _ in range(rnd.randint(1, 5))]
    rnd.shuffle(waiting)
    cuts = {at: rnd.randrange(40) for at in range(len(waiting)) if rnd.random() < 0.1}
    uses = list(enumerate(waiting))
    answers: dict[int, set[tuple[int, bytes]]] = {key: set() for key in range(keys)}

    async def send() -> None:
        while uses:
            at, key = uses.pop()
            sending = asyncio.ensure_future(one(apis[key % OWNERS], key))
            if at in cuts:
                for _ in range(cuts[at]):
                    await asyncio.sleep(0)
                sending.cancel()
            (told,) = await asyncio.gather(sending, return_exceptions=True)
            if isinstance(told, Reply) and told.status != BUSY:
                answers[key].add((told.status, told.body))

    await asyncio.gather(*(send() for _ in range(ABREAST)))
    for key, told in answers.items():
        last = await one(apis[key % OWNERS], key)
        told.add((last.status, last.body))
        assert len(told) == 1, f"key {key} was answered otherwise"
        assert last.status == (201 if key % 2 else 200)
    for owner, api in enumerate(apis):
        names = sorted(contact["name"]["full"] for contact in await contacts(api))
        assert names == sorted(f"n{key}" for key in range(owner, keys, OWNERS))


async def test_two_thousand_requests_sent_often_have_one_effect_each(
    apis: list[Api], rnd: random.Random
) -> None:
    await repeat(apis, 2_000, rnd)


@pytest.mark.soak
async def test_a_hundred_thousand_requests(apis: list[Api], rnd: random.Random) -> None:
    await repeat(apis, 100_000, rnd)


async def test_a_thousand_creates_sent_twice_without_a_key_are_a_thousand_contacts(
    apis: list[Api], rnd: random.Random
) -> None:
    left = [person(f"n{n}", uid=f"urn:x:{n}") for n in range(1_000)]
    batches = []
    while left:
        count = rnd.randint(1, 50)
        steps = [{"op": "create", "card": each} for each in left[:count]]
        batches += 2 * [msgspec.json.encode({"operations": steps})]
        del left[:count]
    rnd.shuffle(batches)
    ids: dict[int, list[str]] = {201: [], 200: []}

    async def send() -> None:
        while batches:
            batch = batches.pop()
            told = await apis[0].post("/v1/contacts:batch", body=batch)
            if told.status == BUSY:
                batches.append(batch)
                continue
            for result in told.json["results"]:
                ids[result["status"]].append(result["id"])

    await asyncio.gather(send(), send(), send())
    assert sorted(ids[201]) == sorted(ids[200]) == sorted(c["id"] for c in await contacts(apis[0]))
    assert len(set(ids[201])) == 1_000


async def test_what_was_not_committed_is_no_answer(apis: list[Api], house: House) -> None:
    owner = OwnerId(apis[0].owner)

    async def made(ctx: Context) -> Answer:
        return Answer(201, {}, (await cards.create(ctx, card())).body)

    async def once(ctx: Context, *, ends: bool) -> Answer:
        answer = await idempotency.once(ctx, "k", b"print", made, keep=True)
        if not ends:
            raise Unfinished
        return answer

    with pytest.raises(Unfinished):
        await edge.write(house, owner, "test", once, ends=False)
    again = await edge.write(house, owner, "test", once, ends=True)
    assert not again.replayed
    assert [c["id"] for c in await contacts(apis[0])] == [msgspec.json.decode(again.body)["id"]]
