"""A book in step with the service: each road an edit can take."""

from typing import Any

import pytest

from asking import Api
from client.devices import Device, Gate, on_server, person, phones
from client.faulty import Net, planned
from contact_client import Conflict, Unreachable, problems

BATCH = "/v1/contacts:batch"


@pytest.fixture
def one(ann: Api, app: Any) -> Device:
    return Device(ann, Net(app))


@pytest.fixture
def two(ann: Api, app: Any) -> Device:
    return Device(ann, Net(app))


async def test_edits_travel_from_device_to_device(one: Device, two: Device, ann: Api) -> None:
    here = await one.book.create(person("Ann"))
    await one.sync()
    await two.sync()
    ((there, card),) = (await two.shown()).items()
    assert card["name"]["full"] == "Ann"
    assert there != here
    await one.book.patch(here, {"name/full": "Bea"})
    await one.sync()
    await two.sync()
    assert await two.shown() == await one.shown() == await on_server(ann)
    await two.book.delete(there)
    await two.sync()
    await one.sync()
    assert await one.shown() == await on_server(ann) == {}


async def test_the_id_of_this_device_goes_on_naming_the_contact(one: Device, ann: Api) -> None:
    made = await one.book.create(person("Ann"))
    await one.sync()
    entry = await one.book.get(made)
    assert entry.id in await on_server(ann)
    assert not entry.pending
    await one.book.delete(made)
    await one.sync()
    assert await on_server(ann) == {}


async def test_edits_of_both_sides_are_merged_and_conflicts_told(
    one: Device, two: Device, ann: Api
) -> None:
    made = await one.book.create(person("Ann", phones=phones("+14155550123")))
    await one.sync()
    await two.sync()
    (there,) = await two.shown()
    await one.book.patch(made, {"name/full": "Bea", "notes": {"n": {"note": "one"}}})
    await two.book.patch(there, {"name/full": "Cid", "phones/p0/label": "two"})
    await one.sync()
    await two.sync()
    await one.sync()
    (card,) = (await on_server(ann)).values()
    assert card["name"]["full"] == "Cid"
    assert card["notes"] == {"n": {"note": "one"}}
    assert card["phones"]["p0"]["label"] == "two"
    assert Conflict("name/full", "Cid", "Bea", there) in two.conflicts
    assert one.conflicts == []
    assert await one.shown() == await two.shown() == await on_server(ann)


async def test_several_edits_before_a_sync_are_one_operation(one: Device, net: Net) -> None:
    made = await one.book.create(person("0"))
    for n in range(1, 5):
        await one.book.patch(made, {"name/full": str(n)})
    await one.sync()
    assert len(one.net.bodies(BATCH)) == 1
    assert one.net.bodies(BATCH)[0].count(b'"op"') == 1


async def test_an_edit_made_while_its_contact_is_on_its_way_follows_it(app: Any, ann: Api) -> None:
    async def meanwhile() -> None:
        await device.book.patch(made, {"phones/p1": {"number": "+14155550124"}, "phones/p0": None})

    device = Device(ann, Gate(app, BATCH, meanwhile))
    made = await device.book.create(person("Ann", phones=phones("+14155550123")))
    await device.sync()
    (card,) = (await on_server(ann)).values()
    assert card["phones"] == {"p1": {"number": "+14155550124"}}
    assert device.conflicts == []
    assert await device.shown() == await on_server(ann)


async def test_an_edit_that_follows_is_rebased_onto_what_the_first_became(
    app: Any, ann: Api, two: Device
) -> None:
    await two.book.create(person("Ann"))
    await two.sync()
    (there,) = await two.shown()

    async def meanwhile() -> None:
        await two.book.patch(
            there, {"notes": {"n": {"note": "two"}}, "nicknames": {"k": {"name": "t"}}}
        )
        await two.sync()
        await device.book.patch(there, {"nicknames": {"k": {"name": "one"}}, "name/full": "Cid"})

    device = Device(ann, Gate(app, BATCH, meanwhile))
    await device.sync()
    await device.book.patch(there, {"name/full": "Bea"})
    await device.sync()
    (card,) = (await on_server(ann)).values()
    assert card["name"]["full"] == "Cid"
    assert card["notes"] == {"n": {"note": "two"}}
    assert card["nicknames"]["k"]["name"] == "one"
    assert [(c.path, c.kept, c.dropped) for c in device.conflicts] == [
        ("nicknames/k/name", "one", "t")
    ]
    assert device.conflicts[0].contact == there
    assert await device.shown() == await on_server(ann)


async def test_a_deletion_made_while_its_contact_is_on_its_way_follows_it(
    app: Any, ann: Api
) -> None:
    async def meanwhile() -> None:
        await device.book.delete(made)
        assert await device.shown() == {}

    device = Device(ann, Gate(app, BATCH, meanwhile))
    made = await device.book.create(person("Ann"))
    await device.sync()
    assert await device.shown() == await on_server(ann) == {}
    assert device.refusals == []


async def test_a_deletion_of_what_was_edited_meanwhile_is_refused_and_told(
    one: Device, two: Device, ann: Api
) -> None:
    made = await one.book.create(person("Ann"))
    await one.sync()
    await two.sync()
    (there,) = await two.shown()
    await two.book.patch(there, {"name/full": "Bea"})
    await one.book.delete(made)
    await two.sync()
    await one.sync()
    assert [(r.op, type(r.problem), r.contact) for r in one.refusals] == [
        ("delete", problems.EditedSince, there)
    ]
    assert await one.names() == ["Bea"]
    assert await one.shown() == await on_server(ann)


async def test_an_edit_of_what_was_deleted_meanwhile_brings_it_back(
    one: Device, two: Device, ann: Api
) -> None:
    made = await one.book.create(person("Ann"))
    await one.sync()
    await two.sync()
    (there,) = await two.shown()
    await two.book.delete(there)
    await two.sync()
    await one.book.patch(made, {"name/full": "Bea"})
    await one.sync()
    await two.sync()
    assert await one.names() == ["Bea"]
    assert await one.shown() == await two.shown() == await on_server(ann)
    assert list(await on_server(ann)) == [there]
    assert [conflict.path for conflict in one.conflicts] == [""]


async def test_both_deleting_is_no_quarrel(one: Device, two: Device, ann: Api) -> None:
    made = await one.book.create(person("Ann"))
    await one.sync()
    await two.sync()
    await one.book.delete(made)
    await two.book.delete(next(iter(await two.shown())))
    await one.sync()
    await two.sync()
    await one.sync()
    assert (one.refusals, two.refusals) == ([], [])
    assert await one.shown() == await two.shown() == await on_server(ann) == {}


async def test_a_refused_edit_is_told_with_what_it_was_and_the_rest_goes_on(
    one: Device, ann: Api
) -> None:
    bad = await one.book.create({"name": 7})
    await one.book.create(person("Ann"))
    await one.sync()
    (refusal,) = one.refusals
    assert (refusal.op, refusal.contact) == ("create", bad)
    assert refusal.card is not None
    assert refusal.card["name"] == 7
    assert isinstance(refusal.problem, problems.Unprocessable)
    assert await one.names() == ["Ann"]
    assert await one.book.pending() == 0


async def test_an_edit_that_mends_a_refused_one_is_not_lost_with_it(app: Any, ann: Api) -> None:
    async def meanwhile() -> None:
        await device.book.replace(made, person("Ann"))
        await device.book.patch(kept, {"notes": {"n": {"note": "x"}}})

    device = Device(ann, Net(app))
    kept = await device.book.create(person("Kept"))
    await device.sync()
    device = Device(ann, Gate(app, BATCH, meanwhile), device.book.store)
    made = await device.book.create({"name": 7})
    await device.book.patch(kept, {"phones": 7})
    await device.sync()
    assert await device.names() == ["Ann", "Kept"]
    assert len(device.refusals) == 2
    assert [c.get("notes") for c in (await device.shown()).values()].count(
        {"n": {"note": "x"}}
    ) == 1
    assert await device.shown() == await on_server(ann)


async def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_bytes(
    one: Device, ann: Api
) -> None:
    await one.book.create(person("Ann"))
    one.net.plan = planned(*["drop answer"] * 5)
    with pytest.raises(Unreachable):
        await one.sync()
    await one.book.create(person("Bea"))
    await one.sync()
    first, *rest = [r for r in one.net.sent if r.url.path == BATCH]
    again = [r for r in rest if r.headers["idempotency-key"] == first.headers["idempotency-key"]]
    assert len(again) == 5
    assert {r.content for r in again} == {first.content}
    assert await one.names() == ["Ann", "Bea"]
    assert await one.shown() == await on_server(ann)


async def test_what_was_made_here_and_deleted_there_before_the_first_page_is_gone(
    one: Device, two: Device, ann: Api
) -> None:
    made = await one.book.create(person("Ann"))
    one.net.plan = planned(*["drop answer"] * 5)
    with pytest.raises(Unreachable):
        await one.sync()
    await one.book.delete(made)
    await two.sync()
    await two.book.delete(next(iter(await two.shown())))
    await two.sync()
    await one.sync()
    assert await one.shown() == await on_server(ann) == {}
    assert await one.book.pending() == 0


async def test_an_edit_that_follows_onto_what_was_deleted_takes_nobody_elses_away(
    one: Device, two: Device, ann: Api
) -> None:
    made = await one.book.create(person("Ann", notes={"n": {"note": "x"}}))
    await one.sync()
    await two.sync()
    (there,) = await two.shown()
    await two.book.patch(there, {"notes/two": {"note": "two"}})
    await two.sync()
    await one.book.patch(made, {"name/full": "Bea"})
    one.net.plan = planned(*["drop answer"] * 5)
    with pytest.raises(Unreachable):
        await one.sync()
    await one.book.patch(made, {"name/full": "Cid", "notes/one": {"note": "one"}})
    await two.sync()
    await two.book.delete(there)
    await two.sync()
    await one.sync()
    (card,) = (await on_server(ann)).values()
    assert card["name"]["full"] == "Cid"
    assert set(card["notes"]) == {"n", "one", "two"}
    assert await one.shown() == await on_server(ann)
