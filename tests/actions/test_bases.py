"""Edits made on an older revision: merged where they can be, refused with what stands where they cannot."""

from typing import Any

import msgspec
import pytest

from acting import Actor, person
from contact_service.actions import batch, cards, edge, trash, view
from contact_service.actions.batch import Operation, Result
from contact_service.actions.writing import Written
from contact_service.model.ids import CardId
from contact_service.model.problem import BaseExpired, NotFound

NEW_NUMBER = {"phones/p1": {"number": "+14155550199"}}


async def shown(actor: Actor, card: CardId) -> dict[str, Any] | None:
    head = await edge.head(actor.house, actor.owner)
    found = (await view.book(actor.house, head)).get(str(card))
    return msgspec.json.decode(found.body) if found else None


async def run(actor: Actor, **members: Any) -> Result:
    results, _ = await actor(batch.run, [Operation(**members)])
    return results[0]


@pytest.fixture
async def made(ann: Actor) -> Written:
    return await ann(cards.create, person("Ann", "+14155550100"))


async def test_edits_of_two_devices_meet_in_one_contact(ann: Actor, made: Written) -> None:
    await ann(cards.patch, made.id, NEW_NUMBER, base=made.etag)
    merged = await ann(cards.patch, made.id, {"name/full": "Anna"}, base=made.etag)
    read = await shown(ann, made.id) or {}
    assert merged.conflicts == ()
    assert read["name"]["full"] == "Anna"
    assert {p["number"] for p in read["phones"].values()} == {"+14155550100", "+14155550199"}


async def test_of_two_edits_of_one_value_the_later_wins_and_the_other_is_told(
    ann: Actor, made: Written
) -> None:
    await ann(cards.patch, made.id, {"name/full": "Anna"}, base=made.etag)
    merged = await ann(cards.patch, made.id, {"name/full": "Annie"}, base=made.etag)
    assert [(c.path, c.kept, c.dropped) for c in merged.conflicts] == [
        ("name/full", "Annie", "Anna")
    ]
    assert (await shown(ann, made.id) or {})["name"]["full"] == "Annie"


async def test_a_patch_is_read_on_its_base_not_on_what_stands(ann: Actor, made: Written) -> None:
    await ann(cards.patch, made.id, {"phones": None}, base=made.etag)
    merged = await ann(cards.patch, made.id, {"phones/p0/label": "Boat"}, base=made.etag)
    phones = (await shown(ann, made.id) or {})["phones"]
    assert [(p["number"], p["label"]) for p in phones.values()] == [("+14155550100", "Boat")]
    assert len(merged.conflicts) == 1


async def test_a_whole_card_sent_on_a_base_is_merged_too(ann: Actor, made: Written) -> None:
    await ann(cards.patch, made.id, NEW_NUMBER)
    mine = person("Anna", "+14155550100")
    done = await run(ann, op="replace", id=str(made.id), base=made.etag, card=msgspec.Raw(mine))
    read = await shown(ann, made.id) or {}
    assert (done.status, read["name"]["full"], len(read["phones"])) == (200, "Anna", 2)


async def test_a_base_that_is_not_held_is_refused_with_what_stands(
    ann: Actor, made: Written
) -> None:
    epoch = made.etag[1:9]
    for unknown in (f'"{epoch}.0"', f'"{epoch}.99"', f'"00000001.{made.etag[10:]}', "no tag"):
        with pytest.raises(BaseExpired) as refused:
            await ann(cards.patch, made.id, {"name/full": "X"}, base=unknown)
        assert refused.value.members["current"]["etag"] == made.etag
    assert (await shown(ann, made.id) or {})["name"]["full"] == "Ann"


async def test_a_contact_that_was_edited_since_is_not_deleted(ann: Actor, made: Written) -> None:
    newer = await ann(cards.patch, made.id, {"name/full": "Anna"})
    done = await run(ann, op="delete", id=str(made.id), base=made.etag)
    assert (done.status, done.problem.slug if done.problem else "") == (409, "edited-since")
    assert done.problem is not None
    assert done.problem.members["current"]["etag"] == newer.etag
    assert (await run(ann, op="delete", id=str(made.id), base=newer.etag)).status == 204


async def test_an_edit_of_a_deleted_contact_brings_it_back_and_is_told(
    ann: Actor, made: Written
) -> None:
    await ann(cards.delete, made.id)
    merged = await ann(cards.patch, made.id, {"name/full": "Anna"}, base=made.etag)
    read = await shown(ann, made.id) or {}
    assert read["name"]["full"] == "Anna"
    assert read["phones"] == {"p0": {"number": "+14155550100"}}
    assert [(c.path, c.kept, c.dropped) for c in merged.conflicts] == [("", "edit", "delete")]
    assert (await edge.head(ann.house, ann.owner)).live_cards == 1


async def test_an_edit_that_says_nothing_new_does_not_bring_it_back(
    ann: Actor, made: Written
) -> None:
    await ann(cards.delete, made.id)
    with pytest.raises(NotFound):
        await ann(cards.patch, made.id, {"name/full": "Ann"}, base=made.etag)
    assert await shown(ann, made.id) is None


async def test_what_is_deleted_for_ever_does_not_come_back(ann: Actor, made: Written) -> None:
    await ann(cards.delete, made.id)
    await ann(trash.wipe, made.id)
    with pytest.raises(NotFound):
        await ann(cards.patch, made.id, {"name/full": "Anna"}, base=made.etag)


async def test_an_edit_whose_uid_another_contact_took_is_refused(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", uid="u1"))
    await ann(cards.delete, made.id)
    other = await ann(cards.create, person("Bob", uid="u1"))
    done = await run(ann, op="patch", id=str(made.id), base=made.etag, patch={"name/full": "A"})
    assert (done.status, done.problem.members if done.problem else {}) == (
        409,
        {"id": str(other.id)},
    )


async def test_a_chain_of_edits_in_one_batch_is_merged_in_its_order(
    ann: Actor, made: Written
) -> None:
    await ann(cards.patch, made.id, {"notes": {"n": {"note": "theirs"}}})
    results, _ = await ann(
        batch.run,
        [
            Operation("patch", "1", str(made.id), made.etag, patch=NEW_NUMBER),
            Operation("patch", "2", str(made.id), made.etag, patch={"name/full": "Anna"}),
        ],
    )
    read = await shown(ann, made.id) or {}
    assert [r.status for r in results] == [200, 200]
    assert (read["name"]["full"], len(read["phones"]), len(read["notes"])) == ("Anna", 2, 1)
