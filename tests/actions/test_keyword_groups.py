"""Keywords as rows of the feed: each is numbered by the write that changes who has it, and by no other."""

import random
from typing import Any

import pytest

from acting import Actor, person
from contact_service.actions import (
    books,
    cards,
    edge,
    groups,
    history,
    keyword_groups,
    rewind,
    view,
)
from contact_service.actions.desk import Desk
from contact_service.formats import jscontact, membership
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.storage import books as book_rows
from grouping import Projected, projected


async def switch_on(ctx: Any) -> None:
    await keyword_groups.populate(ctx)
    await ctx.tx.run("UPDATE owners SET keyword_groups = true WHERE owner_id = $1", ctx.owner)


@pytest.fixture
async def cas(ann: Actor) -> Actor:
    """Has a device that is shown keywords as groups."""
    await ann(switch_on)
    return ann


async def fed(actor: Actor, since: int = 0, book: BookId = DEFAULT_BOOK) -> list[Projected]:
    found: list[Projected] = await actor.read(projected, book, since)
    return found


async def head(actor: Actor) -> int:
    return (await edge.head(actor.house, actor.owner)).version


async def booked(actor: Actor, book: BookId = DEFAULT_BOOK) -> int:
    async def story(ctx: Any) -> int:
        return next(b.version for b in await book_rows.of_owner(ctx.tx) if b.book == book)

    found: int = await actor.read(story)
    return found


async def made(actor: Actor, name: str, *words: str) -> CardId:
    card: CardId = (await actor(cards.create, person(name, keywords=dict.fromkeys(words, True)))).id
    return card


async def test_without_such_a_device_nothing_is_written(ann: Actor) -> None:
    await made(ann, "A", "Band")
    assert (await fed(ann), await head(ann)) == ([], 1)


async def test_the_first_fill_numbers_what_is_there(ann: Actor) -> None:
    await made(ann, "A", "Band", "Old")
    await made(ann, "B", "Band")
    await ann(switch_on)
    found = await fed(ann)
    assert [(g.keyword, g.version, g.live) for g in found] == [("Band", 3, True), ("Old", 4, True)]
    assert (await head(ann), await booked(ann)) == (4, 4)
    await ann(keyword_groups.populate)
    assert await fed(ann) == found


async def test_a_write_numbers_the_keywords_it_changes_and_no_other(cas: Actor) -> None:
    one = await made(cas, "A", "Band", "Old")
    assert [(g.keyword, g.version) for g in await fed(cas)] == [("Band", 2), ("Old", 3)]
    assert (await head(cas), await booked(cas)) == (3, 3)
    await cas(cards.patch, one, {"name/full": "Other"})
    assert (await head(cas), await booked(cas), await fed(cas, 3)) == (4, 4, [])
    await cas(cards.patch, one, {"keywords/Band": None})
    assert [(g.keyword, g.version, g.live) for g in await fed(cas, 4)] == [("Band", 6, False)]
    again = await made(cas, "B", "Band")
    assert [(g.keyword, g.live) for g in await fed(cas, 6)] == [("Band", True)]
    ids = {g.group for g in await fed(cas) if g.keyword == "Band"}
    assert len(ids) == 1, "one that comes back has the id it had"
    await cas(cards.delete, again)
    assert [g.keyword for g in await fed(cas) if not g.live] == ["Band"]
    await cas(history.restore, again, None)
    assert all(g.live for g in await fed(cas))


async def test_a_keyword_of_another_book_is_another_row(cas: Actor) -> None:
    async def into(ctx: Any, book: BookId) -> CardId:
        card = CardId(ctx.new_id())
        content, fields = jscontact.read(person("A", keywords={"Band": True}), f"urn:uuid:{card}")
        desk = Desk(ctx, book)
        desk.create(content, fields, card)
        await desk.write()
        return card

    await made(cas, "B", "Band")
    shelf = (await cas(books.make, "work", {})).id
    before = await booked(cas)
    await cas(into, shelf)
    assert [g.keyword for g in await fed(cas, 0, shelf)] == ["Band"]
    assert (await booked(cas), await booked(cas, shelf)) == (before, await head(cas))
    await cas(books.delete, shelf)
    assert [g.live for g in await fed(cas, 0, shelf)] == [False]
    assert [g.live for g in await fed(cas)] == [True]


class Life:
    """Random edits of a book, by hand, by group and back in time."""

    def __init__(self, actor: Actor, rnd: random.Random) -> None:
        self.actor, self.rnd = actor, rnd
        self.made: list[CardId] = []
        self.moment: Any = None
        self.step = 0

    async def go_on(self) -> None:
        self.step += 1
        await getattr(
            self, self.rnd.choice(["create", "patch", "patch", "delete", "rename", "rewind"])
        )()
        if self.rnd.random() < 0.2:
            self.moment = await self.actor(now)

    def words(self) -> list[str]:
        return self.rnd.sample(["Band", "Old", "Work"], self.rnd.randint(0, 3))

    async def live(self) -> CardId:
        here = {c.id for c in await stands(self.actor)}
        if not here:
            await self.create()
        return self.rnd.choice([c for c in self.made if str(c) in here] or self.made[-1:])

    async def create(self) -> None:
        self.made.append(await made(self.actor, str(self.step), *self.words()))

    async def patch(self) -> None:
        changes = {"keywords": dict.fromkeys(self.words(), True) or None}
        await self.actor(cards.patch, await self.live(), changes)

    async def delete(self) -> None:
        await self.actor(cards.delete, await self.live())

    async def rename(self) -> None:
        if found := await keywords(self.actor):
            await self.actor(groups.change, self.rnd.choice(found), name=f"K{self.step}")

    async def rewind(self) -> None:
        if self.moment is not None:
            await self.actor(rewind.to, self.moment)


@pytest.mark.parametrize("seed", range(5))
async def test_a_device_that_follows_the_rows_knows_every_group(cas: Actor, seed: int) -> None:
    """It reads a keyword's members when, and only when, its row is told."""
    rnd = random.Random(seed)
    life = Life(cas, rnd)
    known: dict[str, set[str]] = {}
    since = 0
    for _ in range(12):
        for _ in range(rnd.randint(1, 4)):
            await life.go_on()
        for row in await fed(cas, since):
            since = row.version
            known[row.keyword] = await having(cas, row.keyword)
            assert row.live == bool(known[row.keyword])
        words = {w for c in await stands(cas) for w in membership.keywords(c.body)}
        assert {w: ids for w, ids in known.items() if ids} == {
            word: await having(cas, word) for word in words
        }
        assert since <= await booked(cas) == await head(cas)


async def stands(actor: Actor) -> list[Any]:
    return (await view.book(actor.house, await edge.head(actor.house, actor.owner))).cards


async def having(actor: Actor, word: str) -> set[str]:
    return {c.id for c in await stands(actor) if word in membership.keywords(c.body)}


async def keywords(actor: Actor) -> list[str]:
    book = await view.book(actor.house, await edge.head(actor.house, actor.owner))
    return [g.id for g in (await view.groups(actor.house, book)).after("") if g.source == "keyword"]


async def now(ctx: Any) -> Any:
    return ctx.now
