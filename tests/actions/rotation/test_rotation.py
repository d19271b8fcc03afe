"""Another key for an index while lookups and registrations go on; cut anywhere, it goes on where it was."""

import asyncio
import contextlib
import dataclasses
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import Actor
from actions.test_indexes import STEPS, Run
from contact_service.actions import directory, refill, rotation, sharing
from contact_service.actions.context import House
from contact_service.actions.kept_epochs import KeptEpochs
from contact_service.actions.refill import IndexesDiffer
from contact_service.model.epoch import Kind, State
from contact_service.model.ids import OwnerId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import rebuild
from contact_service.storage.db import Db
from contact_service.vault import rekeying
from listing_directory import TABLES, entry_ids, own_house, rows
from rotating import DAY, LATER, NOW, lookup, people, rotated, states, stopping_after, tel


@contextlib.asynccontextmanager
async def beside(*stories: Any) -> AsyncIterator[None]:
    """These run over and over beside the block; what one of them finds wrong ends the test."""
    stop = asyncio.Event()

    async def again(story: Any) -> None:
        while not stop.is_set():
            await story()

    running = [asyncio.ensure_future(again(story)) for story in stories]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)


async def rotate_under_load(house: House, app: Actor, kind: Kind, users: int) -> int:
    """Rotate with lookups and registrations going on; how many lookups there were."""
    rnd = random.Random(users)
    for at in range(0, users, 500):
        await app(directory.put, people(at, min(500, users - at)))
    viewer, nobody = Actor(house, OwnerId("viewer")), [tel(9_000_000 + n) for n in range(5)]
    fresh, looked = [users], [0]

    async def look() -> None:
        asked = [tel(rnd.randrange(users)) for _ in range(20)]
        assert await lookup(viewer, kind, [*asked, *nobody]) == set(asked)
        looked[0] += 1

    async def register() -> None:
        made = people(fresh[0], 2)
        await app(directory.put, made)
        gone, kept = made
        assert await lookup(viewer, kind, [tel(fresh[0])]) == {tel(fresh[0])}
        await app(directory.remove, gone.user)
        both = [*gone.identifiers, *kept.identifiers]
        assert await lookup(viewer, kind, both) == set(kept.identifiers)
        fresh[0] += 2

    async with beside(look, register):
        made = await rotated(house, kind)
        assert made is not None
        assert (made.epoch, made.state) == (2, State.LIVE)
        await look()
    # A month passes at once, and then a day: nobody registers by what was known of the epochs seconds before.
    house.epochs.forget()
    async with beside(look):
        await rotation.retire(house, NOW + 31 * DAY)
        await rotation.sweep(house, NOW + 32 * DAY)
        await look()
    table = TABLES[kind].rpartition(" ")[2]
    found = await house.db.ask(lambda con: con.fetch(f"SELECT DISTINCT epoch FROM {table}"))
    epochs_left = {row[0] for row in found}
    assert epochs_left == {2}
    assert sorted(house.keyring.of(kind)) == [2]
    return looked[0]


async def test_no_lookup_is_wrong_while_a_key_is_rotated(
    house: House, app: Actor, kind: Kind
) -> None:
    assert await rotate_under_load(house, app, kind, 1_000) > 0


@pytest.mark.soak
async def test_no_lookup_is_wrong_while_a_million_entries_are_rotated(
    house: House, app: Actor, record_property: Any
) -> None:
    begun = asyncio.get_running_loop().time()
    looked = await rotate_under_load(house, app, Kind.PEPPER, 1_000_000)
    record_property("lookups", looked)
    record_property("seconds_in_all", round(asyncio.get_running_loop().time() - begun))


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(STEPS, max_size=3), min_size=4, max_size=4))
async def test_steps_between_pages_end_in_what_the_model_says(fresh_db: Db, steps: Any) -> None:
    await _empty(fresh_db)
    house = own_house(fresh_db)
    run = Run(Actor(house, OwnerId("app")))
    before, begun, half, done = steps
    refill.PAGE, page = 2, refill.PAGE
    try:
        for parts, pages, now in ((before, 0, NOW), (begun, 1, NOW), (half, 99, LATER)):
            for name, told in parts:
                await run.tell(name, told)
            for kind in Kind if pages else ():
                if now == NOW:
                    await rotation.begin(house, kind, NOW, LATER - NOW)
                await rotation.go_on(house, kind, now, stopping_after(pages))
        for name, told in done:
            await run.tell(name, told)
    finally:
        refill.PAGE = page
    await entry_ids(house, run.model, {kind: [1, 2] for kind in Kind})
    for kind in Kind:
        assert await states(house, kind) == {1: State.RETIRING, 2: State.LIVE}


async def _empty(db: Db) -> None:
    names = ("entries", "matrix", "private", "private_log", "users", "epochs", "holders")
    tables = ", ".join(f"directory_{name}" for name in names)
    await db.ask(
        lambda con: con.execute(
            f"TRUNCATE {tables}, vault.data_keys, owners, objections, sharing CASCADE"
        )
    )


async def test_a_rotation_that_is_cut_goes_on_in_another_process(
    house: House, app: Actor, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refill, "PAGE", 10)
    await app(directory.put, people(0, 95))
    # Cut after the key was made, and before anything was written.
    other = dataclasses.replace(house, epochs=KeptEpochs())
    await rotation.establish(house, NOW)
    rekeying.with_new(house.keyring, kind)
    assert await lookup(Actor(other, OwnerId("v")), kind, [tel(1)]) == {tel(1)}
    begun = await rotation.begin(other, kind, NOW, timedelta())
    assert (begun.epoch, sorted(house.keyring.of(kind))) == (2, [1, 2])
    # Cut after some pages.
    await rotation.go_on(house, kind, NOW, stopping_after(3))
    (filling,) = [e for e in (await rotation.shown(house)).all if e.state is State.BUILDING]
    assert await rotation.progress(house, filling) == (30, 95)
    again = await rotation.begin(other, kind, NOW, timedelta())
    assert again == filling
    live = await rotation.go_on(other, kind, NOW, refill.ON)
    assert live is not None
    assert live.state is State.LIVE
    # Cut while its rows went.
    await rotation.retire(house, NOW + 40 * DAY)
    assert await rotation.sweep(house, NOW + 40 * DAY) == 0  # readers may not know yet
    await house.db.sharing(lambda tx: rebuild.drop(tx, kind, 1, 40))
    assert await rotation.sweep(other, NOW + 41 * DAY) >= 55
    assert await lookup(Actor(other, OwnerId("v")), kind, [tel(1)]) == {tel(1)}
    assert await states(house, kind) == {2: State.LIVE}


async def test_a_page_that_is_cancelled_is_copied_later(
    house: House, app: Actor, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refill, "PAGE", 5)
    await app(directory.put, people(0, 60))
    await rotation.begin(house, kind, NOW, timedelta())
    for tries in range(1, 1_000):
        running = asyncio.ensure_future(rotation.go_on(house, kind, NOW, refill.ON))
        await asyncio.wait({running}, timeout=0.01 * tries)
        if running.done():
            await running
            break
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert tries > 1
    assert await states(house, kind) == {1: State.RETIRING, 2: State.LIVE}
    assert await lookup(Actor(house, OwnerId("v")), kind, [tel(n) for n in range(60)]) == {
        tel(n) for n in range(60)
    }


@pytest.mark.parametrize("wrong", ["missing", "other"])
async def test_an_index_that_differs_never_goes_live_and_is_filled_anew(
    house: House, app: Actor, kind: Kind, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wrong == "missing":
        monkeypatch.setattr(refill, "SAMPLE", 0)  # the counts alone must tell
    await app(directory.put, people(0, 20))
    await rotation.begin(house, kind, NOW, timedelta(hours=1))
    await rotation.go_on(house, kind, NOW, refill.ON)
    table = TABLES[kind].rpartition(" ")[2]
    harm = (
        f"DELETE FROM {table} WHERE epoch = 2 AND user_id = 'u7'"
        if wrong == "missing"
        else f"UPDATE {table} SET entry_id = 0 WHERE epoch = 2 AND user_id = 'u7'"
    )
    await house.db.ask(lambda con: con.execute(harm))
    later = NOW + timedelta(hours=1)
    with pytest.raises(IndexesDiffer):
        await rotation.go_on(house, kind, later, refill.ON)
    assert (await states(house, kind))[2] is State.BUILDING
    live = await rotation.go_on(house, kind, later, refill.ON)
    assert live is not None
    assert live.state is State.LIVE


async def test_sharing_narrowed_while_a_page_is_hashed_stays_narrow(
    house: House, app: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app(directory.put, people(0, 4))
    await rotation.begin(house, Kind.OPRF, NOW, timedelta())
    hashing = refill._hash

    async def slowly(*args: Any) -> None:
        await hashing(*args)
        narrow = Sharing(phone=Audience.CONTACTS)
        await Actor(house, OwnerId("u2"))(sharing.put, narrow)

    monkeypatch.setattr(refill, "_hash", slowly)
    await refill.fill(house, Kind.OPRF, stopping_after(1))
    found = {(row[0], row[2]) for row in await rows(house.db, Kind.OPRF, ["u1", "u2"])}
    assert found == {(1, "u1"), (2, "u1")}


async def test_two_processes_fill_one_epoch(
    house: House, app: Actor, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refill, "PAGE", 7)
    await app(directory.put, people(0, 100))
    other = dataclasses.replace(house, epochs=KeptEpochs())
    made = await asyncio.gather(rotated(house, kind), rotated(other, kind))
    assert {e.epoch for e in made if e is not None} == {2}
    assert await states(house, kind) == {1: State.RETIRING, 2: State.LIVE}
