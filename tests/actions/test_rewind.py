"""The book goes back to any moment exactly, by ordinary writes: a device that syncs on sees just that book."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from acting import Actor, person
from contact_service.actions import books, cards, changes, edge, rewind, view
from contact_service.actions.snapshot import Shown
from contact_service.model.ids import CardId
from contact_service.model.problem import InvalidParameter

Book = dict[str, Any]


async def stands(actor: Actor) -> Book:
    """The whole book by id, etags aside."""
    book = await view.book(actor.house, await edge.head(actor.house, actor.owner))
    return {c.id: {**msgspec.json.decode(c.body), "etag": ""} for c in book.cards}


class Device:
    """A device that follows the feed."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.token: str | None = None
        self.held: Book = {}

    async def follow(self) -> Book:
        more = True
        while more:
            head = await edge.head(self.actor.house, self.actor.owner)
            page = await changes.page(self.actor.house, head, self.token, 3)
            for row in page.rows:
                if isinstance(row, Shown):
                    self.held[row.id] = {**msgspec.json.decode(row.body), "etag": ""}
                else:
                    self.held.pop(row, None)
            self.token, more = page.token, page.more
        return self.held


async def edit(actor: Actor, rnd: random.Random, made: list[CardId]) -> None:
    kind = rnd.choice(["create", "create", "patch", "patch", "delete"])
    alive = [CardId(msgspec.convert(i, type(made[0]))) for i in await stands(actor)] if made else []
    if kind == "create" or not alive:
        made.append((await actor(cards.create, person(f"N{rnd.random()}", "+14155550100"))).id)
    elif kind == "patch":
        await actor(cards.patch, rnd.choice(alive), {"name/full": f"N{rnd.random()}"})
    else:
        await actor(cards.delete, rnd.choice(alive))


@pytest.mark.parametrize("seed", range(6))
async def test_the_book_goes_back_to_every_moment_it_had(ann: Actor, seed: int) -> None:
    rnd = random.Random(seed)
    made: list[CardId] = []
    moments: list[tuple[datetime, Book]] = [(datetime.now(UTC), {})]
    device = Device(ann)
    for _ in range(14):
        await edit(ann, rnd, made)
        if rnd.random() < 0.3:
            await device.follow()
        moments.append((datetime.now(UTC), await stands(ann)))
    for at, wanted in rnd.sample(moments, 5):
        await ann(rewind.to, at)
        assert await stands(ann) == wanted
        assert await device.follow() == wanted
        # Once more: it is there already.
        before = (await edge.head(ann.house, ann.owner)).version
        done = await ann(rewind.to, at)
        assert (done.restored, done.removed, done.version) == (0, 0, before)
    assert (await edge.head(ann.house, ann.owner)).live_cards == len(wanted)


async def test_only_the_named_contacts_go_back(ann: Actor) -> None:
    one, two = [await ann(cards.create, person(name)) for name in ("One", "Two")]
    at = datetime.now(UTC)
    for made in (one, two):
        await ann(cards.patch, made.id, {"name/full": "Changed"})
    done = await ann(rewind.to, at, {one.id})
    names = {i: c["name"]["full"] for i, c in (await stands(ann)).items()}
    assert (done.restored, names) == (1, {str(one.id): "One", str(two.id): "Changed"})


async def test_a_uid_that_moved_to_another_contact_moves_back(ann: Actor) -> None:
    first = await ann(cards.create, person("First", uid="u1"))
    at = datetime.now(UTC)
    await ann(cards.delete, first.id)
    await ann(cards.create, person("Second", uid="u1"))
    await ann(rewind.to, at)
    assert [c["name"]["full"] for c in (await stands(ann)).values()] == ["First"]


async def test_contacts_of_a_book_that_is_gone_come_back_into_the_default_one(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann"))
    at = datetime.now(UTC)
    await ann(books.delete, "contacts")
    assert await stands(ann) == {}
    await ann(rewind.to, at)
    assert list(await stands(ann)) == [str(made.id)]


async def test_a_moment_to_come_or_before_the_history_is_refused(ann: Actor) -> None:
    await ann(cards.create, person("Ann"))
    for at in (datetime.now(UTC) + timedelta(minutes=1), datetime.now(UTC) - timedelta(days=31)):
        with pytest.raises(InvalidParameter):
            await ann(rewind.to, at)
    await asyncio.sleep(0)
