"""People register while owners match their books: whoever was registered when a re-match began is found by it."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from acting import Actor, make_house, person
from booking import numbers
from contact_service.actions import budget, cards, directory, match
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import Overloaded
from contact_service.settings.environment import load
from contact_service.storage.db import Db

SETTINGS = {
    "CONTACT_DISCOVERY_NETWORK_PER_DAY": "0",
    "CONTACT_DISCOVERY_HITS_PERCENT": "0",
    "CONTACT_DISCOVERY_RUNS_PERCENT": "101",
    "CONTACT_REMATCH_INTERVAL_S": "0",
}


@pytest.fixture
async def house(fresh_dsn: str) -> AsyncIterator[House]:
    db = await Db.open(fresh_dsn, read_pool=8, write_pool=24)
    yield make_house(db, load(SETTINGS))
    await db.close()


class Race:
    """Writers who register one number each, and owners who have them all and match until the last one is in."""

    def __init__(self, house: House, writers: int, rnd: random.Random) -> None:
        self.house, self.rnd = house, rnd
        self.phones = numbers(writers)
        self.everyone = {f"u{number}" for number in self.phones}
        self.registered: set[str] = set()

    async def run(self, owners: int) -> None:
        books = [await _owner(self.house, self.phones) for _ in range(owners)]
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            for n in range(len(self.phones)):
                group.create_task(self._write(n))
            for book in books:
                group.create_task(self._rematch(book))
        for book in books:
            assert await _got(book) == self.everyone
            assert not await book.read(match.due)

    async def _write(self, n: int) -> None:
        await asyncio.sleep(self.rnd.random() / 2)
        held = (Identifier(f"tel:{self.phones[n]}"),)
        user = User(UserId(f"u{self.phones[n]}"), held, discoverable=True)
        await patiently(Actor(self.house, OwnerId(f"app{n}")), directory.put, [user])
        self.registered.add(user.user)

    async def _rematch(self, book: Actor) -> None:
        while self.registered != self.everyone:
            before = set(self.registered)
            assert before <= await _got(book)


async def patiently(actor: Actor, story: Callable[..., Awaitable[object]], *args: object) -> None:
    """As a client does: all registrations wait for one row, and there are fewer connections than writers."""
    while True:
        with contextlib.suppress(Overloaded):
            await actor(story, *args)
            return
        await asyncio.sleep(0.05)


async def _got(book: Actor) -> set[str]:
    if await book.read(match.due):
        await patiently(book, match.refresh)
    return await _matched(book)


async def _owner(house: House, phones: list[str]) -> Actor:
    made = Actor(house, OwnerId(f"o-{uuid.uuid4().hex[:8]}"))
    await made.consents(Purpose.MATCH)
    for some in range(0, len(phones), 50):
        await made(cards.create, person("Many", *phones[some : some + 50]))
    return made


async def _matched(book: Actor) -> set[str]:
    return {str(found.disclosed.user_id) for found in await book.read(match.stored)}


async def test_nobody_is_missed_while_some_register(house: House, rnd: random.Random) -> None:
    await Race(house, 20, rnd).run(4)


@pytest.mark.soak
async def test_nobody_is_missed_while_a_hundred_register(house: House, rnd: random.Random) -> None:
    for _ in range(3):
        await Race(house, 100, rnd).run(20)


async def test_two_nodes_cannot_spend_a_budget_twice(fresh_dsn: str) -> None:
    """Cards written at once through two processes: together they match what one budget covers."""
    few = load({**SETTINGS, "CONTACT_DISCOVERY_AT_ONCE": "7"})
    one, two = await Db.open(fresh_dsn), await Db.open(fresh_dsn)
    owner = OwnerId(f"o-{uuid.uuid4().hex[:8]}")
    nodes = [Actor(make_house(db, few), owner) for db in (one, two)]
    await nodes[0].consents(Purpose.MATCH)
    phones = [f"+1415{3_000_000 + n}" for n in range(16)]
    users = [
        User(UserId(f"v{n}"), (Identifier(f"tel:{p}"),), discoverable=True)
        for n, p in enumerate(phones)
    ]
    await nodes[0](directory.put, users)
    await asyncio.gather(
        *(nodes[n % 2](cards.create, person("X", p)) for n, p in enumerate(phones))
    )
    assert len(await _matched(nodes[0])) == 7
    assert (await nodes[1].read(budget.left)).left == 0
    await asyncio.gather(one.close(), two.close())
