"""One contact at a time, and many in a batch."""

import msgspec
import pytest

from acting import Actor, card, person
from contact_service.actions import batch, cards, edge, view
from contact_service.actions.batch import Operation
from contact_service.model.ids import CardId
from contact_service.model.problem import InvalidCard, NotFound, StaleRevision, UidTaken
from contact_service.storage import audit
from contact_service.vault import uuid7


async def shown(actor: Actor, card_id: object) -> dict[str, object] | None:
    head = await edge.head(actor.house, actor.owner)
    found = (await view.book(actor.house, head)).get(str(card_id))
    return msgspec.json.decode(found.body) if found else None


async def test_a_created_contact_is_read_back_with_its_unknown_members(ann: Actor) -> None:
    made = await ann(
        cards.create, person("Ann", "+14155550123", **{"example.com:x": {"deep": [1]}})
    )
    read = await shown(ann, made.id)
    assert made.created
    assert read == msgspec.json.decode(made.body)
    assert read["example.com:x"] == {"deep": [1]}
    assert read["etag"] == made.etag


async def test_the_same_uid_and_content_twice_is_one_contact(ann: Actor) -> None:
    raw = person("Ann", uid="urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af")
    first, second = await ann(cards.create, raw), await ann(cards.create, raw)
    assert (second.id, second.created, second.etag) == (first.id, False, first.etag)


async def test_a_live_uid_with_other_content_names_its_holder(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", uid="u1"))
    with pytest.raises(UidTaken) as refused:
        await ann(cards.create, person("Bob", uid="u1"))
    assert refused.value.members["id"] == str(made.id)


async def test_a_deleted_uid_is_free_again(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", uid="u1"))
    await ann(cards.delete, made.id)
    again = await ann(cards.create, person("Ann", uid="u1"))
    assert again.created
    assert again.id != made.id


async def test_a_stale_base_is_refused_with_the_current_contact(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    newer = await ann(cards.patch, made.id, {"name/full": "Anna"})
    for story, args in (
        (cards.replace, (person("Other"),)),
        (cards.patch, ({"name": None},)),
        (cards.delete, ()),
    ):
        with pytest.raises(StaleRevision) as refused:
            await ann(story, made.id, *args, if_match=made.etag)
        assert refused.value.members["current"]["etag"] == newer.etag
    assert (await shown(ann, made.id) or {})["name"] == {"full": "Anna"}


async def test_an_edit_that_changes_nothing_bumps_nothing(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    same = await ann(cards.patch, made.id, {"name/full": "Ann"})
    assert same.etag == made.etag


async def test_a_uid_never_changes(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", uid="u1"))
    with pytest.raises(InvalidCard):
        await ann(cards.replace, made.id, person("Ann", uid="u2"))


async def test_what_is_not_there_cannot_be_changed(ann: Actor) -> None:
    nobody = CardId(uuid7.new(__import__("datetime").datetime.now(__import__("datetime").UTC)))
    for story, args in ((cards.replace, (person("A"),)), (cards.patch, ({},)), (cards.delete, ())):
        with pytest.raises(NotFound):
            await ann(story, nobody, *args)


async def test_another_owners_contact_is_not_there(ann: Actor, bea: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    with pytest.raises(NotFound):
        await bea(cards.delete, made.id)
    assert await shown(bea, made.id) is None
    assert await shown(ann, made.id) is not None


async def test_each_write_is_audited_without_content(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    await ann(cards.patch, made.id, {"name/full": "Anna"})
    await ann(cards.delete, made.id)
    kinds = await ann.read(lambda ctx: audit.kinds(ctx.tx))
    assert kinds == ["contact.created", "contact.changed", "contact.deleted"]


async def test_a_bad_item_of_a_batch_never_sinks_the_rest(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    results, version = await ann(
        batch.run,
        [
            Operation("create", "a", card=msgspec.Raw(person("New"))),
            Operation("create", "b", card=msgspec.Raw(b'{"@type":"Card","phones":7}')),
            Operation("patch", "c", id=str(made.id), base='"0.0"', patch={"name": None}),
            Operation("patch", "d", id=str(made.id), base=made.etag, patch={"name/full": "Anna"}),
            Operation("delete", "e", id="no-such-id"),
            Operation("replace", "f", id=str(made.id)),
        ],
    )
    assert [r.status for r in results] == [201, 422, 409, 200, 404, 422]
    assert (await shown(ann, made.id) or {})["name"] == {"full": "Anna"}
    assert version == (await edge.head(ann.house, ann.owner)).version == 3


async def test_a_batch_may_touch_one_contact_twice(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    results, _ = await ann(
        batch.run,
        [
            Operation("patch", "1", id=str(made.id), patch={"name/full": "One"}),
            Operation("patch", "2", id=str(made.id), patch={"notes": {"n": {"note": "two"}}}),
        ],
    )
    read = await shown(ann, made.id) or {}
    assert (read["name"], read["notes"]) == ({"full": "One"}, {"n": {"note": "two"}})
    assert results[1].written is not None
    assert results[1].written.etag == read["etag"]


async def test_created_and_deleted_in_one_batch_leaves_nothing(ann: Actor) -> None:
    raw = card(uid="u9")
    await ann(batch.run, [Operation("create", "1", card=msgspec.Raw(raw))])
    book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    await ann(batch.run, [Operation("delete", "2", id=book.cards[0].id)])
    head = await edge.head(ann.house, ann.owner)
    assert (await view.book(ann.house, head)).cards == []
    assert head.live_cards == 0
