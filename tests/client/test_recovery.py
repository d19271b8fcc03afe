"""What a book survives: a cut snapshot, a token that expired, a service put back, a batch nobody takes, a crash."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from asking import Api
from client.devices import Crash, Crashing, Device, Gate, on_server, person
from client.faulty import Naps, Net, client, planned
from contact_client import Book, SqliteStore, SyncLoop, Unreachable, problems
from contact_client.replica.store import Change
from contact_service.storage.db import Db

BATCH, CHANGES = "/v1/contacts:batch", "/v1/changes"


@pytest.fixture
def one(ann: Api, app: Any) -> Device:
    return Device(ann, Net(app))


@pytest.fixture
def two(ann: Api, app: Any) -> Device:
    return Device(ann, Net(app))


async def put_back(db: Db, ann: Api) -> None:
    """A new epoch, as after a restore of the database: no token and no etag of before means anything."""
    sql = "UPDATE owners SET epoch = (epoch + 7) % 1000000 WHERE owner_id = $1"
    async with db.write(ann.owner) as tx:  # type: ignore[arg-type]  # an owner is an OwnerId by another name
        await tx.run(sql, ann.owner)


async def filled(device: Device, count: int) -> None:
    for n in range(count):
        await device.book.create(person(f"n{n}"))
    await device.sync()


async def test_a_first_sync_goes_on_where_it_was_cut(one: Device, ann: Api, app: Any) -> None:
    await filled(one, 7)
    fresh = Device(ann, Net(app), page=2)
    fresh.net.plan = planned(None, None, *["drop answer"] * 5)
    with pytest.raises(Unreachable):
        await fresh.sync()
    assert len(await fresh.names()) == 4
    gone = next(iter(await fresh.shown()))
    await one.book.delete(gone)
    await one.sync()
    fresh.net.sent.clear()
    await fresh.sync()
    asked = [request for request in fresh.net.sent if request.url.path == CHANGES]
    assert "since" in asked[0].url.params
    assert await fresh.shown() == await on_server(ann)
    assert gone not in await fresh.shown()


async def test_a_page_that_was_cut_short_is_no_page(one: Device, ann: Api, app: Any) -> None:
    await filled(one, 3)
    fresh = Device(ann, Net(app, planned("cut")))
    with pytest.raises(Unreachable):
        await fresh.sync()
    assert await fresh.shown() == {}
    await fresh.sync()
    assert await fresh.shown() == await on_server(ann)


async def test_after_an_expired_token_the_book_is_fetched_anew_and_the_queue_kept(
    one: Device, ann: Api, app: Any, db: Db
) -> None:
    two = Device(ann, Net(app), page=2)
    await filled(one, 7)
    await two.sync()
    gone, edited, *_ = await two.shown()
    await one.book.delete(gone)
    await one.sync()
    await put_back(db, ann)
    await two.book.patch(edited, {"name/full": "edited"})
    await two.book.create(person("new"))
    await two.sync()
    assert two.refusals == []
    assert await two.shown() == await on_server(ann)
    assert {"edited", "new"} < set(await two.names())
    assert gone not in await two.shown()
    await one.sync()
    assert await one.shown() == await on_server(ann)


async def test_a_book_that_is_fetched_anew_shows_meanwhile_what_it_had(
    one: Device, ann: Api, app: Any, db: Db
) -> None:
    await filled(one, 5)
    two = Device(ann, Net(app), page=2)
    await two.sync()
    had = await two.shown()
    await put_back(db, ann)
    two.net.plan = planned(None, None, *["drop answer"] * 5)
    with pytest.raises(Unreachable):
        await two.sync()
    assert await two.shown() == had


async def test_an_expired_token_waits_as_long_as_the_service_says(
    one: Device, ann: Api, db: Db
) -> None:
    await filled(one, 1)
    await put_back(db, ann)
    naps = Naps()
    async with client(one.net, ann.token, retry=naps.policy()) as contacts:
        await SyncLoop(contacts, one.book).once()
    (slept,) = naps.slept
    assert 1 <= slept <= 30


async def test_an_edit_whose_base_is_no_longer_held_is_rebased_and_what_it_replaced_told(
    one: Device, two: Device, ann: Api, db: Db
) -> None:
    await filled(one, 1)
    await two.sync()
    (there,) = await two.shown()
    await two.book.patch(there, {"name/full": "two"})
    await one.book.patch(there, {"name/full": "one", "notes": {"n": {"note": "one"}}})
    await one.sync()
    await put_back(db, ann)
    await two.sync()
    (card,) = (await on_server(ann)).values()
    assert (card["name"]["full"], card["notes"]) == ("two", {"n": {"note": "one"}})
    assert [(c.contact, c.path, c.dropped) for c in two.conflicts] == [(there, "name/full", "one")]
    assert await two.shown() == await on_server(ann)


async def test_a_batch_refused_as_a_whole_is_divided_until_the_one_draft_is_found(
    one: Device, ann: Api
) -> None:
    for n in range(4):
        await one.book.create(person(f"n{n}"))
    one.net.plan = planned("413", "413", None, "422")
    await one.sync()
    sizes = [body.count(b'"op"') for body in one.net.bodies(BATCH)]
    assert sizes == [4, 2, 1, 1, 1, 1]
    assert [r.problem.status for r in one.refusals] == [422]
    assert await one.names() == ["n0", "n2", "n3"]
    assert await one.shown() == await on_server(ann)


async def test_what_the_owner_must_allow_first_stops_the_sync_and_loses_nothing(
    one: Device, ann: Api
) -> None:
    await one.book.create(person("Ann"))
    one.net.plan = planned("403")
    with pytest.raises(problems.Forbidden):
        await one.sync()
    await one.sync()
    assert await one.shown() == await on_server(ann)
    bodies = one.net.bodies(BATCH)
    assert bodies[0] == bodies[1]


async def test_the_loop_runs_when_poked_and_outlives_what_passes(ann: Api, app: Any) -> None:
    device = Device(ann, Net(app, planned(*["drop request"] * 5)))
    failed, tries = asyncio.Event(), []

    def heard(error: Exception) -> None:
        tries.append(error)
        failed.set()

    loop = SyncLoop(device.client, device.book, on_error=heard)
    running = asyncio.create_task(loop.run(every_s=3600))
    async with asyncio.timeout(30):
        await failed.wait()
        await device.book.create(person("Ann"))
        loop.poke()
        while await device.book.pending():  # noqa: ASYNC110  nothing of the loop tells that it is done
            await asyncio.sleep(0)
    running.cancel()
    assert [type(error) for error in tries] == [Unreachable]
    assert len(await on_server(ann)) == 1


async def test_the_loop_ends_on_what_no_attempt_mends(ann: Api, app: Any) -> None:
    device = Device(ann, Net(app, planned("401")))
    with pytest.raises(problems.Unauthenticated):
        await device.loop.run(every_s=3600)


@pytest.mark.parametrize("at", range(1, 6))
async def test_a_crash_before_any_commit_of_a_sync_loses_and_doubles_nothing(
    ann: Api, app: Any, at: int
) -> None:
    store = Crashing()
    device = Device(ann, Net(app), store)
    await filled(device, 1)
    await device.book.create(person("Ann"))
    await device.book.patch(next(iter(await device.shown())), {"name/full": "Bea"})
    store.at = at
    try:
        await device.sync()
    except Crash:
        pass
    else:
        assert at > 3, "a sync with something to send commits three times"
    store.at = 0
    again = Device(ann, Net(app), store)
    await again.sync()
    assert await again.names() == ["Ann", "Bea"]
    assert await again.shown() == await on_server(ann)


async def test_an_edit_made_while_a_page_arrives_is_kept(one: Device, ann: Api, app: Any) -> None:
    await filled(one, 1)
    (there,) = await one.shown()

    async def meanwhile() -> None:
        await device.book.patch(there, {"name/full": "mine"})

    device = Device(ann, Net(app), one.book.store)
    await one.client.patch(there, {"notes": {"n": {"note": "theirs"}}})
    device = Device(ann, Gate(app, CHANGES, meanwhile), one.book.store)
    await device.sync()
    (card,) = (await on_server(ann)).values()
    assert (card["name"]["full"], card["notes"]["n"]["note"]) == ("mine", "theirs")
    assert await device.shown() == await on_server(ann)


async def test_the_queue_in_a_file_is_sent_by_the_next_program(
    ann: Api, app: Any, tmp_path: Any
) -> None:
    async with SqliteStore(tmp_path / "book.db") as store:
        made = await Book(store).create(person("Ann"))
        device = Device(ann, Net(app, planned(*["drop answer"] * 5)), store)
        with pytest.raises(Unreachable):
            await device.sync()
    async with SqliteStore(tmp_path / "book.db") as store:
        device = Device(ann, Net(app), store)
        await device.sync()
        assert await device.names() == ["Ann"]
        assert await device.shown() == await on_server(ann)
        assert (await device.book.get(made)).id in await on_server(ann)


async def test_a_key_that_was_forgotten_makes_no_second_contact(
    one: Device, ann: Api, two: Device
) -> None:
    made = await one.book.create(person("Ann"))
    one.net.plan = planned(*["drop answer"] * 5)
    with pytest.raises(Unreachable):
        await one.sync()
    await two.sync()
    await two.book.patch(next(iter(await two.shown())), {"name/full": "Bea"})
    await two.sync()
    await one.book.store.commit(await _forgotten(one))
    await one.sync()
    assert one.refusals == []
    assert await one.names() == ["Bea"]
    assert await one.shown() == await on_server(ann)
    assert (await one.book.get(made)).id in await on_server(ann)


async def _forgotten(device: Device) -> Any:
    """The batch on its way under a key the service has not kept."""
    mark = await device.book.store.mark()
    assert mark.flight is not None
    return Change(mark=replace(mark, flight=replace(mark.flight, key="another")))
