"""Peppers come and go: the one before is accepted for a while, and a set that was paid for is paid anew under the next."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from asking import Api, build, fresh
from asking import number as phone_number
from contact_service.actions import matrix
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.storage import epochs
from contact_service.storage.db import Db
from contact_service.vault import matrix_pepper
from contact_service.vault.keyring import Keyring
from homeserving import Homeserver
from matrixing import HOME, Matrix, code, hashed, registered

from .test_lookup import left, strangers


class Turning:
    """An installation with two Matrix peppers, whose states the test sets."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.peppers = [matrix_pepper.spelled(house.keyring.matrix[n]) for n in (1, 2)]

    async def stand(self, *states: State) -> None:
        """The states of epoch 1 and 2 from now on."""
        now = datetime.now(UTC)
        for number, state in enumerate(states, 1):
            epoch = Epoch(Kind.MATRIX, number, state)
            await self.house.db.sharing(lambda tx, epoch=epoch: epochs.put(tx, epoch, now))
        self.house.epochs.forget()


@pytest.fixture
def turning(house: House, fresh_db: Db) -> Turning:
    old = house.keyring
    keys = {1: bytes(range(32)), 2: bytes(range(32, 64))}
    ring = Keyring(old.keks, old.kek, old.peppers, old.epoch, old.fixed("feed"), old.oprf, keys)
    return Turning(replace(house, db=fresh_db, keyring=ring))


@pytest.fixture
def app(turning: Turning) -> App:
    return build(turning.house)


async def test_live_and_retiring_peppers_find_the_same(
    turning: Turning, app: App, home: Homeserver
) -> None:
    await turning.stand(State.LIVE, State.BUILDING)
    phone = phone_number()
    bea = await registered(Api(app, "app"), fresh("bea"), f"tel:{phone}")
    ann = await (await Matrix(app, home, f"@{fresh('ann')}:{HOME}").sign_in()).accept()
    first, second = turning.peppers
    asked = {pepper: hashed(phone[1:], "msisdn", pepper) for pepper in turning.peppers}

    assert await ann.pepper() == first
    told = await ann.lookup(asked[second], pepper=second)
    assert (code(told), told.json["lookup_pepper"]) == ((400, "M_INVALID_PEPPER"), first)

    await turning.stand(State.RETIRING, State.LIVE)
    assert await ann.pepper() == second
    for pepper, address in asked.items():
        told = await ann.lookup(address, pepper=pepper)
        assert told.json == {"mappings": {address: f"@{bea}:{HOME}"}}
        other = asked[second if pepper == first else first]
        assert (await ann.lookup(other, pepper=pepper)).json == {"mappings": {}}

    await turning.stand(State.GONE, State.LIVE)
    told = await ann.lookup(asked[first], pepper=first)
    assert (code(told), told.json["lookup_pepper"]) == ((400, "M_INVALID_PEPPER"), second)


async def test_a_paid_set_is_paid_anew_under_the_next_pepper(
    turning: Turning, app: App, home: Homeserver
) -> None:
    await turning.stand(State.RETIRING, State.LIVE)
    ann = await (await Matrix(app, home, f"@{fresh('ann')}:{HOME}").sign_in()).accept()
    asked = await strangers(ann, matrix.LEAST_SET)
    before = await left(ann)
    for pepper in turning.peppers * 2:
        assert (await ann.lookup(*asked, pepper=pepper)).status == 200
    assert await left(ann) == before - 2 * len(asked)
