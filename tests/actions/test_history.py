"""What a contact was: told with time, device and what differed; put back, one or many; gone when it is wiped."""

from typing import Any

import msgspec
import pytest

from acting import Actor, person
from contact_service.actions import cards, context, edge, history, rewind, trash, view
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.problem import InvalidParameter, NotFound, UidTaken


async def shown(actor: Actor, card: CardId) -> dict[str, Any] | None:
    head = await edge.head(actor.house, actor.owner)
    found = (await view.book(actor.house, head)).get(str(card))
    return msgspec.json.decode(found.body) if found else None


async def test_the_history_names_what_when_who_and_the_members_that_differ(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    await ann(context.by("Phone", cards.patch), made.id, {"name/full": "Anna", "kind": "org"})
    await ann(context.by("Laptop", cards.delete), made.id)
    told = await ann.read(history.page, made.id, None, 10)
    assert [(e.kind, e.device, sorted(e.changed)) for e in told] == [
        ("deleted", "Laptop", ["@type", "kind", "name", "phones", "uid", "version"]),
        ("edited", "Phone", ["kind", "name"]),
        ("created", "api", ["@type", "name", "phones", "uid", "version"]),
    ]
    assert told[0].at >= told[1].at >= told[2].at


async def test_the_history_comes_in_pages_that_join_to_the_whole(ann: Actor) -> None:
    made = await ann(cards.create, person("0"))
    for n in range(1, 6):
        await ann(cards.patch, made.id, {"name/full": str(n)})
    whole = await ann.read(history.page, made.id, None, 10)
    found: list[history.Entry] = []
    while len(found) < len(whole):
        before = int(found[-1].revision) if found else None
        page = await ann.read(history.page, made.id, before, 2)
        assert len(page) == 2
        found += page
    assert found == whole


async def test_any_revision_comes_back_as_a_new_edit(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", "+14155550100"))
    await ann(cards.patch, made.id, {"name/full": "Anna", "phones": None})
    first = (await ann.read(history.page, made.id, None, 10))[-1]
    back = await ann(history.restore, made.id, first.revision)
    read = await shown(ann, made.id) or {}
    assert (read["name"]["full"], len(read["phones"])) == ("Ann", 1)
    assert back.etag > made.etag
    assert [e.kind for e in await ann.read(history.page, made.id, None, 10)] == [
        "restored",
        "edited",
        "created",
    ]


async def test_a_deleted_contact_comes_back_under_its_id(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    await ann(cards.delete, made.id)
    assert [t.id for t in await ann.read(trash.page, None, 10)] == [made.id]
    await ann(history.restore, made.id, None)
    assert (await shown(ann, made.id) or {})["name"] == {"full": "Ann"}
    assert await ann.read(trash.page, None, 10) == []
    assert (await edge.head(ann.house, ann.owner)).live_cards == 1


async def test_restoring_what_stands_changes_nothing(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    version = (await edge.head(ann.house, ann.owner)).version
    await ann(history.restore, made.id, str(version))
    assert (await edge.head(ann.house, ann.owner)).version == version
    with pytest.raises(InvalidParameter):
        await ann(history.restore, made.id, None)
    for unknown in ("77", "x", "", "9" * 30):
        with pytest.raises(NotFound):
            await ann(history.restore, made.id, unknown)


async def test_a_contact_whose_uid_is_another_ones_by_now_stays_in_the_trash(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", uid="u1"))
    await ann(cards.delete, made.id)
    await ann(cards.create, person("Bob", uid="u1"))
    with pytest.raises(UidTaken):
        await ann(history.restore, made.id, None)


async def test_delete_for_ever_leaves_a_tombstone_and_nothing_else(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    await ann(cards.patch, made.id, {"name/full": "Anna"})
    with pytest.raises(NotFound):
        await ann(trash.wipe, made.id)
    await ann(history.refuse, made.id, Card(person("Late", uid="u")))
    await ann(cards.delete, made.id)
    await ann(trash.wipe, made.id)
    with pytest.raises(NotFound):
        await ann(history.restore, made.id, None)
    assert [e.kind for e in await ann.read(history.page, made.id, None, 10)] == ["deleted"]
    book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    assert [card for _, card in book.removed(0)] == [str(made.id)]


async def test_a_body_that_came_too_late_is_told_and_can_be_restored(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", uid="u1"))
    for n in range(history.MOST_REFUSED + 2):
        await ann(history.refuse, made.id, Card(person(f"Late {n}", uid="u1")))
    told = await ann.read(history.page, made.id, None, 10)
    refused = [e for e in told if e.kind == "refused"]
    assert (len(refused), refused[0].changed) == (history.MOST_REFUSED, ["name"])
    await ann(history.restore, made.id, refused[0].revision)
    assert (await shown(ann, made.id) or {})["name"]["full"] == f"Late {history.MOST_REFUSED + 1}"


async def test_many_come_out_of_the_trash_in_one_write(ann: Actor) -> None:
    made = [await ann(cards.create, person(f"N{n}")) for n in range(3)]
    for one in made[:2]:
        await ann(cards.delete, one.id)
    done = await ann(rewind.from_trash, [one.id for one in made])
    assert (done.restored, done.removed) == (2, 0)
    assert (await edge.head(ann.house, ann.owner)).live_cards == 3
