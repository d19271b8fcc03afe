"""Keys of private discovery over time: published before they are in force, two served, what a change gives back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import private_client as client
from acting import UNFENCED, make_house
from asking import Api, build
from contact_service.actions.context import House
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.settings.environment import load
from contact_service.storage import epochs
from contact_service.storage.db import Db
from contact_service.vault import keyring
from contact_service.vault.oprf import Key

NOW = datetime.now(UTC).replace(microsecond=0)
BLINDED = client.Blinding([f"tel:+1415555{n:04d}" for n in range(40)]).elements


@pytest.fixture
def house(fresh_db: Db) -> Iterator[House]:
    ring = keyring.create()
    ring.oprf |= {2: bytes(32), 3: bytes(range(32))}
    made = replace(make_house(fresh_db, load(UNFENCED)), keyring=ring)
    yield made
    made.evaluators.close()


@pytest.fixture
async def ann(house: House) -> Api:
    return await Api(build(house), "ann").consents("match")


async def stand(house: House, *each: Epoch) -> None:
    async def story(tx: Any) -> None:
        for one in each:
            await epochs.put(tx, one, NOW)

    await house.db.sharing(story)
    house.epochs.forget()


def epoch(number: int, state: State, **more: Any) -> Epoch:
    return Epoch(Kind.OPRF, number, state, **more)


async def test_a_key_is_published_before_it_is_in_force_and_served_until_it_ends(house, ann):
    soon, ends = NOW + timedelta(days=7), NOW + timedelta(days=30)
    await stand(
        house,
        epoch(1, State.RETIRING, bits=0, live_at=NOW - timedelta(days=300), ends_at=ends),
        epoch(2, State.LIVE, bits=1, live_at=NOW),
        epoch(3, State.BUILDING, bits=2, live_at=soon),
    )
    told = (await client.params(ann))["epochs"]
    assert [(e["epoch"], e["bits"]) for e in told] == [(2, 1), (1, 0), (3, 2)]
    assert [client.raw(e["publicKey"]) for e in told] == [
        Key.derive(house.keyring.oprf[number], number).public for number in (2, 1, 3)
    ]
    assert [datetime.fromisoformat(e["from"]) for e in told[::2]] == [NOW, soon]
    assert [e["until"] and datetime.fromisoformat(e["until"]) for e in told] == [None, ends, None]
    for number, status in ((1, 200), (2, 200), (3, 409)):
        assert (await client.evaluate(ann, number, BLINDED[:1])).status == status


async def test_a_key_of_which_nobody_knows_when_it_begins_is_not_published(house, ann):
    await stand(house, epoch(1, State.LIVE), epoch(2, State.BUILDING))
    assert [e["epoch"] for e in (await client.params(ann))["epochs"]] == [1]


async def test_a_key_that_ended_is_told_from_one_that_is_not_known(house, ann):
    await stand(house, epoch(1, State.GONE), epoch(2, State.LIVE))
    digest = client.text(bytes(16))
    for number, status, slug in ((1, 410, "epoch-retired"), (4, 409, "epoch-mismatch")):
        for told in (
            await client.evaluate(ann, number, BLINDED),
            await ann.get(f"/v1/discovery/buckets/{number}/0"),
            await ann.post("/v1/discovery/resolve", {"epoch": number, "digests": [digest]}),
        ):
            assert (told.status, told.slug, told.json["epoch"]) == (status, slug, 2)
    assert (await ann.get("/v1/discovery/budget")).json["left"] == 2000


async def test_who_moves_to_a_new_key_gets_back_once_what_the_last_one_cost(house, ann):
    async def left(number: int, count: int) -> int:
        told = await client.evaluate(ann, number, BLINDED[:count])
        assert told.status == 200, told
        return int(told.json["budget"]["left"])

    await stand(house, epoch(1, State.LIVE))
    assert await left(1, 40) == 1960
    await stand(house, epoch(1, State.RETIRING), epoch(2, State.LIVE))
    # Not yet: what is asked of the old key is of no use with the new one.
    assert await left(1, 10) == 1950
    assert await left(2, 40) == 1960, "50 came back, 40 went"
    assert await left(1, 10) == 1950
    assert await left(2, 1) == 1949, "once"


async def test_buckets_are_those_of_the_epoch_asked_for(house, ann):
    await stand(house, epoch(1, State.RETIRING, bits=0), epoch(2, State.LIVE, bits=3))
    bea = Api(ann.app, "bea")
    await ann.register(bea, "tel:+14155550177")
    (found,) = await house.db.ask(
        lambda con: con.fetch(
            "SELECT digest FROM directory_private WHERE user_id = 'bea' AND epoch = 2"
        )
    )
    number = found["digest"][0] >> 5
    tag = (int.from_bytes(found["digest"]) >> (128 - 3 - 32) & 0xFFFF_FFFF).to_bytes(4)
    for other in range(8):
        assert await client.tags(ann, 2, other) == ([tag] if other == number else [])
    assert len(await client.tags(ann, 1)) == 1
    _, made = await client.digests(ann, "tel:+14155550177")
    assert made == [found["digest"]]
