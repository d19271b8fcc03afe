"""What the database is asked does not tell who is found: the charge is committed first, and all look-ups ask alike."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from asking import Api, build, fresh, number
from contact_service.actions import matrix
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.storage.db import Db
from homeserving import Homeserver
from matrixing import Matrix, code, hashed, registered

from .conftest import changing
from .test_lookup import left, strangers


class Watched(Db):
    """A Db that notes what the server is asked: the statement, and how long each list is that goes with it."""

    seen: list[tuple[str, list[int]]]

    async def _connect(self) -> Any:
        con = await super()._connect()
        con.add_query_logger(self._note)
        return con

    def _note(self, record: Any) -> None:
        sizes = [len(arg) for arg in record.args or () if isinstance(arg, list)]
        self.seen.append((record.query, sizes))


@pytest.fixture
async def watched(dsn: str) -> AsyncIterator[Watched]:
    opened = await Watched.open(dsn)
    opened.seen = []
    yield opened
    await opened.close()


@pytest.fixture
def app(house: House, watched: Watched) -> App:
    return build(replace(house, db=watched))


async def _asked(ann: Matrix, watched: Watched, address: str, pepper: str) -> list[Any]:
    watched.seen.clear()
    told = await ann.lookup(address, pepper=pepper)
    assert told.status == 200, told
    return list(watched.seen)


async def test_a_hit_a_hidden_user_and_a_stranger_ask_the_same(
    ann: Matrix, api: Api, watched: Watched
) -> None:
    pepper = await ann.pepper()
    phones = [number() for _ in range(3)]
    await registered(api, fresh("bea"), f"tel:{phones[0]}")
    hidden = api.other(await registered(api, fresh("cas"), f"tel:{phones[1]}"))
    user = ann.mxid[1:].partition(":")[0]
    assert (await hidden.put(f"/v1/blocks/{user}")).status in {200, 204}
    asked = [hashed(phone[1:], "msisdn", pepper) for phone in phones]
    for address in asked:  # keys are open and epochs known from here on
        await _asked(ann, watched, address, pepper)
    hit, blocked, stranger = [await _asked(ann, watched, each, pepper) for each in asked]
    assert hit == blocked == stranger


async def test_a_name_that_is_shown_to_everyone_is_not_read_for_an_id(
    ann: Matrix, api: Api, watched: Watched
) -> None:
    pepper, phone = await ann.pepper(), number()
    bea = await registered(api, fresh("bea"), f"tel:{phone}", profile={"displayName": "Bea"})
    shared = {"phone": "everyone", "name": "everyone"}
    assert (await api.other(bea).put("/v1/privacy/sharing", shared)).status == 200
    address = hashed(phone[1:], "msisdn", pepper)
    assert address in (await ann.lookup(address, pepper=pepper)).json["mappings"]
    hit = await _asked(ann, watched, address, pepper)
    nobody = await _asked(ann, watched, (await strangers(ann, 1))[0], pepper)
    assert hit == nobody
    assert not [query for query, _ in hit if "sealed" in query or "wrapped" in query]


async def test_nothing_is_looked_for_before_the_charge_is_committed(
    ann: Matrix, watched: Watched
) -> None:
    pepper = await ann.pepper()
    found = await _asked(ann, watched, (await strangers(ann, 1))[0], pepper)
    queries = [query for query, _ in found]
    charged = next(i for i, query in enumerate(queries) if "budgets" in query)
    probed = next(i for i, query in enumerate(queries) if "directory_matrix" in query)
    assert "COMMIT" in queries[charged:probed]


async def test_many_processes_do_not_pay_a_set_twice_nor_spend_a_unit_twice(
    ann: Matrix, house: House, home: Homeserver
) -> None:
    other = Matrix(build(house), home, ann.mxid, ann.token)
    asked, before = await strangers(ann, matrix.LEAST_SET), await left(ann)
    pepper = await ann.pepper()
    both = [one.lookup(*asked, pepper=pepper) for one in (ann, other) * 3]
    assert {told.status for told in await asyncio.gather(*both)} == {200}
    assert await left(ann) == before - len(asked)


@changing(DISCOVERY_AT_ONCE="5")
async def test_two_processes_together_tell_no_more_than_the_budget(
    ann: Matrix, house: House, home: Homeserver
) -> None:
    other = Matrix(build(house), home, ann.mxid, ann.token)
    pepper = await ann.pepper()
    asks = [one.lookup(*(await strangers(ann, 2)), pepper=pepper) for one in (ann, other) * 4]
    statuses = [told.status for told in await asyncio.gather(*asks)]
    assert sorted(statuses) == [200, 200, *[429] * 6]
    assert await left(ann) == 1


@changing(DISCOVERY_NETWORK_PER_DAY="3")
async def test_young_accounts_of_one_network_share_its_fence(ann: Matrix) -> None:
    before = await left(ann)
    told = await ann.lookup(*(await strangers(ann, 4)))
    assert code(told) == (429, "M_LIMIT_EXCEEDED")
    assert await left(ann) == before > 4
