"""Reading a Header Store: the directory ends as the store is, whatever comes in between, and nobody goes by a mistake."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from acting import Actor
from contact_emulators.header_store import HeaderStore
from contact_emulators.knobs import Fault
from contact_service.actions import directory, header_store, staleness
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.actions.header_store import Next
from contact_service.integrations import header_store as port
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.storage import headers
from contact_service.storage.db import Db
from neighbouring import EVERYBODY, beside, filled, named, read_all, registered, tel, told


@pytest.fixture
def store() -> HeaderStore:
    return filled()


@pytest.fixture
async def house(store: HeaderStore, fresh_db: Db) -> AsyncIterator[House]:
    with beside(store, fresh_db, "header_store_url", header_store_token="t") as made:
        yield made
        await made.neighbours.aclose()


async def state(house: House) -> headers.State:
    return await house.db.reading(OwnerId(""), headers.state)


async def seq(house: House) -> int:
    return (await house.db.reading(OwnerId(""), headers.feed))[0]


def counted(house: House, outcome: str) -> int:
    return house.metrics.count("contacts_header_store_total", outcome=outcome).n


async def test_a_full_read_and_what_changes_after_it_make_the_directory_what_the_store_is(
    house: House, store: HeaderStore
) -> None:
    assert await read_all(house) is Next.DONE
    assert await registered(house, EVERYBODY) == told(store.truth())
    store.put("u3", tel(3), tel(103), profile={"displayName": "Other"}, discoverable=False)
    store.put("u4", tel(4), status="suspended")
    store.put("u50", tel(5))  # the number goes over
    store.remove("u6")
    asked = store.asked("changes")
    assert await read_all(house) is Next.DONE
    assert store.asked("changes") == asked + 1
    now = await registered(house, EVERYBODY)
    truth = told(store.truth())
    assert now.pop("u5")["identifiers"] == []
    del truth["u5"]
    # Nothing was said of sharing: what stood stays.
    truth["u4"]["discoverable"] = True
    assert now == truth
    assert [value for name, value in store.seen[0].params if name == "since"] == []


async def test_reading_the_same_again_changes_nothing(house: House, store: HeaderStore) -> None:
    await read_all(house)
    before = await seq(house)
    assert await read_all(house) is Next.DONE
    store.expire()
    assert await read_all(house) is Next.DONE
    assert await seq(house) == before
    assert await registered(house, EVERYBODY) == told(store.truth())


async def test_what_is_not_newer_is_ignored(house: House, store: HeaderStore) -> None:
    await read_all(house)
    old = dict(store.truth()["u1"])
    store.put("u1", tel(1), tel(200), discoverable=True)
    store.remove("u2")
    gone = {"userId": "u2", "version": 3, "status": "active", "identifiers": [tel(2)]}
    store.outdated = [old, gone]
    await read_all(house)
    await read_all(house)
    assert await registered(house, EVERYBODY) == told(store.truth())
    assert counted(house, "ignored") == 3


async def test_a_forgotten_token_means_one_full_read_and_whom_it_does_not_meet_goes(
    house: House, store: HeaderStore
) -> None:
    await read_all(house)
    pushed = Actor(house, OwnerId("app"))
    await pushed(directory.put, [User(UserId("pushed"), (Identifier(tel(900)),))])
    store.remove("u7")
    store.remove("u8")
    store.expire()
    asked = store.asked("changes")
    assert await read_all(house) is Next.DONE
    # The refused one, and three pages.
    assert store.asked("changes") == asked + 4
    assert await registered(house, [*EVERYBODY, "pushed"]) == {
        **told(store.truth()),
        **await registered(house, ["pushed"]),
    }
    assert list(await registered(house, ["pushed"])) == ["pushed"]
    late = User(UserId("u7"), (Identifier(tel(7)),), version=8)
    assert await pushed(directory.put, [late]) == {"u7"}


FAULTS = [
    (Fault.TRUNCATED, ""),
    (Fault.CUT, ""),
    (Fault.AWAY, ""),
    (Fault.TOO_MANY, ""),
    (Fault.UNAUTHORISED, ""),
    (Fault.WRONG_SHAPE, ""),
    (Fault.WRONG_TYPE, "identifiers"),
    (Fault.WRONG_TYPE, "userId"),
    (Fault.SLOW_BODY, "5"),
]


@pytest.mark.parametrize("page", [1, 3])
@pytest.mark.parametrize(("fault", "value"), FAULTS, ids=[f"{f}-{v}" for f, v in FAULTS])
async def test_a_broken_page_costs_nobody_and_the_chain_goes_on_where_it_was(
    fault: Fault, value: str, page: int, fresh_db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault is Fault.SLOW_BODY:
        monkeypatch.setattr(port, "TOTAL_S", 0.3)
    store = filled()
    with beside(store, fresh_db, "header_store_url", header_store_token="t") as house:
        await read_all(house)
        store.remove("u9")
        store.put("u40", tel(40), discoverable=True)
        store.expire()
        store.knobs.set(fault, "changes", nth=page + 1, value=value)
        before = await registered(house, EVERYBODY)
        with pytest.raises(NeighbourAway):
            await read_all(house)
        assert set(before) <= set(await registered(house, EVERYBODY))
        broken = (await state(house)).token
        assert (broken is None) == (page == 1)
        assert await read_all(house) is Next.DONE
        assert await registered(house, EVERYBODY) == told(store.truth())
        await house.neighbours.aclose()


async def test_a_chain_that_does_not_move_is_no_chain(house: House, store: HeaderStore) -> None:
    store.knobs.set(Fault.ENDLESS, "changes", nth=2, times=0)
    with pytest.raises(NeighbourAway):
        await read_all(house)
    assert store.asked("changes") == 2
    assert len(await registered(house, EVERYBODY)) == 10


async def test_a_store_that_always_forgets_is_not_asked_for_ever(
    house: House, store: HeaderStore
) -> None:
    store.knobs.set(Fault.EXPIRED_CURSOR, "changes", times=0)
    with pytest.raises(NeighbourAway):
        await read_all(house)
    assert store.asked("changes") <= 2


async def test_most_users_do_not_go_before_the_operator_says_so(
    house: House, store: HeaderStore
) -> None:
    store.page = 500
    for n in range(30, 50):
        store.put(f"u{n}", tel(n), discoverable=True)
    await read_all(house)
    for n in range(26):
        store.remove(f"u{n}")
    store.expire()
    assert await read_all(house) is Next.HELD
    assert len(await registered(house, EVERYBODY)) == 50
    store.put("u55", tel(55), discoverable=True)
    assert await read_all(house) is Next.HELD
    assert len(await registered(house, EVERYBODY)) == 51
    age = await staleness.look(house, datetime.now(UTC) + timedelta(hours=1))
    assert staleness.notes(house, age) == ["header-store-stale", "header-store-removals-held"]
    assert await header_store.confirm(house)
    assert await read_all(house) is Next.DONE
    assert await registered(house, EVERYBODY) == told(store.truth())
    assert not await header_store.confirm(house)


async def test_a_user_whose_identifier_is_none_keeps_the_others(
    house: House, store: HeaderStore
) -> None:
    store.put("u0", "tel:+1", tel(0), "mailto:@", discoverable=True)
    await read_all(house)
    assert (await registered(house, ["u0"]))["u0"]["identifiers"] == [tel(0)]
    assert counted(house, "unreadable-identifiers") == 2


async def test_workers_beside_each_other_read_each_page_into_the_directory_once(
    house: House, store: HeaderStore
) -> None:
    await asyncio.gather(*(read_all(house) for _ in range(4)))
    await read_all(house)
    assert await registered(house, EVERYBODY) == told(store.truth())
    assert counted(house, "changed") == 30


async def test_it_is_read_once_in_its_time(house: House) -> None:
    now = datetime.now(UTC)
    begun = [await header_store.begin(house, now) for _ in range(3)]
    assert begun == [True, False, False]
    assert not await header_store.begin(house, now + timedelta(seconds=45))
    assert await header_store.begin(house, now + timedelta(seconds=59))


async def test_another_store_is_read_from_its_start(house: House, store: HeaderStore) -> None:
    await read_all(house)
    other = filled(25)
    other.put("u0", tel(0), tel(300), discoverable=True)
    with beside(other, house.db, "header_store_url", header_store_token="t") as moved:
        assert await read_all(moved) is Next.DONE
        assert await registered(moved, EVERYBODY) == told(other.truth())
        await moved.neighbours.aclose()


async def test_users_are_read_one_by_one_on_demand(house: House, store: HeaderStore) -> None:
    assert await header_store.refresh(house, [UserId("u1")]) == 1
    assert await header_store.refresh(house, [UserId("u2"), UserId("u3"), UserId("nobody")]) == 2
    assert await header_store.refresh(house, [UserId("nobody")]) == 0
    assert sorted(await registered(house, EVERYBODY)) == ["u1", "u2", "u3"]


async def test_its_age_is_told_and_is_infinite_before_the_first_read(
    house: House, store: HeaderStore, fresh_db: Db
) -> None:
    now = datetime.now(UTC)
    first = await staleness.look(house, now)
    assert first is not None
    assert staleness.notes(house, first) == ["header-store-stale"]
    await read_all(house)
    fresh = await staleness.look(house, now)
    assert staleness.notes(house, fresh) == []
    late = await staleness.look(house, now + timedelta(minutes=11))
    assert staleness.notes(house, late) == ["header-store-stale"]
    assert house.neighbours.stale_s > 600
    assert await staleness.look(named(fresh_db), now) is None
