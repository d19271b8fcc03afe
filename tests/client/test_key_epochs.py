"""The next key of private discovery: who was found first, the rest as the budget allows, the old one until then."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from client.conftest import house
from client.devices import Gate
from client.finding import V1, Lying, Town, tel, town, users
from contact_client import MemorySafe
from contact_client.private.notes import Notes
from contact_client.problems import EpochMismatch
from contact_service.actions import refill, rotation
from contact_service.actions.context import House
from contact_service.model.epoch import Kind
from contact_service.storage import epochs

AT_ONCE = 6
BITS = 4


@pytest.fixture(scope="module")
async def house_of_epochs(postgres: str) -> AsyncIterator[House]:
    async with house(postgres, f"epochs{os.getpid()}", BITS) as made:
        yield made


@pytest.fixture
async def here(house_of_epochs: House) -> AsyncIterator[Town]:
    """At its start and at its end one epoch is live, and no other one served."""
    figures = {"AT_ONCE": str(AT_ONCE), "PER_DAY": "1"}
    made = await town(
        house_of_epochs, **{f"CONTACT_DISCOVERY_{name}": text for name, text in figures.items()}
    )
    yield made
    await live(made)
    await over(made)


def now() -> datetime:
    return datetime.now(UTC)


async def announced(here: Town, ahead: timedelta | None = None) -> None:
    """The next epoch is filled, and live once its time has come."""
    made = await rotation.begin(here.house, Kind.OPRF, now(), ahead)
    made = msgspec.structs.replace(made, bits=BITS)
    await here.house.db.sharing(partial(epochs.put, epoch=made, now=now()))
    await rotation.go_on(here.house, Kind.OPRF, now(), refill.ON)


async def live(here: Town) -> None:
    """The next epoch is live, the one before still served."""
    await announced(here, timedelta())


async def over(here: Town) -> None:
    """The epochs before the live one have ended."""
    await rotation.retire(here.house, now() + timedelta(days=31))


def evaluated(here: Town) -> list[tuple[int, int]]:
    """(epoch, elements) of each evaluation, the first epoch asked for is 1."""
    told = here.asked("evaluate")
    return [(one["epoch"] - told[0]["epoch"] + 1, len(one["elements"])) for one in told]


async def test_an_announced_key_is_not_used_before_its_time(here: Town) -> None:
    people = await here.crowd(2)
    async with here.client() as discovery:
        await discovery.sync(people)
        await announced(here)
        assert len((await discovery.sync(people)).matches) == 2
        assert evaluated(here) == [(1, 2)]
        assert await here.left() == AT_ONCE - 2


async def test_with_the_next_key_all_are_evaluated_anew_by_what_comes_back(here: Town) -> None:
    people = [*await here.crowd(AT_ONCE)]
    async with here.client() as discovery:
        await discovery.sync(people)
        await live(here)
        assert [*users((await discovery.sync(people)).matches)] == people
        await over(here)
        assert [*users((await discovery.sync(people)).matches)] == people
    assert evaluated(here) == [(1, AT_ONCE), (2, AT_ONCE)]


async def test_the_found_are_moved_first_and_the_old_key_serves_all_others(here: Town) -> None:
    found = await here.crowd(2)
    people = [tel(), tel(), *found, tel(), tel()]
    async with here.client() as discovery:
        await discovery.sync(people)
        await live(here)
        async with here.client() as other_device:  # spends four of the six that come back
            await other_device.sync([tel() for _ in range(4)])
        cid = await here.person(people[0])
        moved = await discovery.sync(people)
        assert [*users(moved.matches)] == [people[0], *found]
        assert moved.deferred == 0
        assert moved.next_at is not None
        await over(here)
        ended = await discovery.sync(people)
    assert [*users(ended.matches)] == [*found]
    assert ended.deferred == 4
    assert cid.owner not in users(ended.matches).values()


async def test_new_identifiers_are_evaluated_before_those_the_old_key_still_serves(
    here: Town,
) -> None:
    old = [*await here.crowd(1), tel(), tel(), tel()]
    new = await here.crowd(2)
    async with here.client() as discovery:
        await discovery.sync(old)
        await live(here)
        async with here.client() as other_device:
            await other_device.sync([tel() for _ in range(3)])
        assert [*users((await discovery.sync([*old, *new])).matches)] == [old[0], *new]
        assert await here.left() == 0
        await over(here)
        ended = await discovery.sync([*old, *new])
    assert [*users(ended.matches)] == [old[0], *new]
    assert ended.deferred == 3


async def test_an_epoch_that_ends_between_two_requests_is_left_out(here: Town) -> None:
    ((phone, bea),) = (await here.crowd(1)).items()

    async def ends() -> None:
        await live(here)
        await over(here)

    safe = MemorySafe()
    async with here.client(safe) as discovery:
        await discovery.sync([phone])
    for verb in ("buckets", "evaluate"):
        gate = Gate(here.app, f"{V1}{verb}", ends)
        async with here.client(safe, gate) as discovery:
            found = await discovery.sync([phone, *([tel()] if verb == "evaluate" else [])])
        assert users(found.matches) == {phone: bea.owner}
        assert found.deferred == 0
        asked = [one.url.path for one in gate.sent]
        assert asked.count(f"{V1}params") == 2


async def test_an_epoch_that_is_not_served_yet_is_left_out(here: Town) -> None:
    def early(verb: str, told: Any) -> Any:
        if verb != "params":
            return told
        later = told["epochs"][0] | {"epoch": 10_000}
        return told | {"epochs": [*told["epochs"], later]}

    ((phone, bea),) = (await here.crowd(1)).items()
    async with here.client(net=Lying(here.app, early)) as discovery:
        assert users((await discovery.sync([phone])).matches) == {phone: bea.owner}


async def test_a_service_that_serves_no_epoch_is_told_as_it_says(here: Town) -> None:
    def ended(verb: str, told: Any) -> Any:
        if verb != "params":
            return told
        return told | {"epochs": [told["epochs"][0] | {"epoch": 10_000}]}

    net = Lying(here.app, ended)
    async with here.client(net=net) as discovery:
        with pytest.raises(EpochMismatch):
            await discovery.sync([tel()])
    assert len(net.sent) == 3


async def test_nothing_of_an_ended_epoch_is_kept(here: Town) -> None:
    people = await here.crowd(2)
    safe = MemorySafe()
    async with here.client(safe) as discovery:
        await discovery.sync(people)
        await live(here)
        await discovery.sync(people)
        await over(here)
        await discovery.sync(people)
    notes = Notes(safe)
    mark = await notes.mark()
    old, new = sorted(mark.pins)
    assert set(mark.seqs) == {new}
    assert await notes.tags(old, range(1 << BITS)) == {}
    assert len(await notes.tags(new, range(1 << BITS))) == len(mark.seqs[new])
    async with here.client(safe) as discovery:
        await live(here)
        await discovery.sync(people)
    assert all(old not in each for each in (await notes.digests(people)).values())
