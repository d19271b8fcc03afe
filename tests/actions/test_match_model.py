"""A book that is matched while people register, share, block, object and leave, against a model without a database."""

import itertools
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import make_house, person
from booking import Clock, Owner
from contact_service.actions import block, cards, directory, disclosure, sharing
from contact_service.actions.context import Context
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId, OwnerId, UserId
from contact_service.model.problem import NotFound
from contact_service.model.sharing import Audience, Sharing
from contact_service.settings.environment import load
from contact_service.storage import objections
from contact_service.storage.db import Db
from contact_service.vault import blind
from contact_service.vault.blind import Person

AT_ONCE, PER_DAY, NUMBERS, INTERVAL_S = 5, 24, 9, 60
SETTINGS = {
    "CONTACT_DISCOVERY_NETWORK_PER_DAY": "0",
    "CONTACT_DISCOVERY_AT_ONCE": str(AT_ONCE),
    "CONTACT_DISCOVERY_PER_DAY": str(PER_DAY),
    "CONTACT_REMATCH_INTERVAL_S": str(INTERVAL_S),
}
USERS = ("bea", "cas", "dan")
_blocks = itertools.count()


class People:
    """Who is registered, and how they stand to the owner."""

    def __init__(self) -> None:
        self.holder: dict[int, str] = {}
        self.silent: set[str] = set()
        self.apart: set[tuple[str, str]] = set()
        self.objected: set[int] = set()

    def shows(self, number: int) -> set[str]:
        """Whom the owner may learn of by that number: one or none."""
        user = self.holder.get(number)
        hidden = user is None or user in self.silent or number in self.objected
        hidden = hidden or bool(self.apart & {("ann", user or ""), (user or "", "ann")})
        return set() if hidden or user is None else {user}


class Book:
    """The owner's cards: numbers by card; which of them wait, in their order; what was spent."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.cards: dict[Any, tuple[int, ...]] = {}
        self.queue: list[Any] = []
        self.ever_paid: set[int] = set()
        self.spent = 0
        self.since: Any = None
        self.through: int | None = None
        self.matched_at: Any = None
        self.changed = True

    @property
    def left(self) -> int:
        s = int((self.clock.now - self.since).total_seconds()) if self.since is not None else 0
        return (AT_ONCE * 86_400 + PER_DAY * s) // 86_400 - self.spent

    def paid(self) -> set[int]:
        return {n for card, held in self.cards.items() if card not in self.queue for n in held}

    def waiting(self) -> int:
        return len({n for card in self.queue for n in self.cards[card]} - self.paid())

    def write(self, new: dict[Any, tuple[int, ...]], gone: list[Any], *, by_hand: bool) -> None:
        paid = self.paid()
        moved = {c: held for c, held in new.items() if set(self.cards.get(c, ())) != set(held)}
        stay = [c for c in self.queue if c not in moved and c not in gone]
        if moved or any(card in self.queue for card in gone):
            came = sorted(moved, key=lambda card: card in self.cards)
            order = [*came, *stay] if by_hand else [*stay, *came]
            covered = self._cover([(c, moved.get(c, self.cards.get(c, ()))) for c in order], paid)
            waits = [c for c in self.queue if c not in covered and c not in gone]
            self.queue = waits + [c for c in came if c not in covered and c not in waits]
        self.cards.update(new)
        for card in gone:
            self.cards.pop(card)
        self.changed |= bool(new or gone)

    def match(self, clock: int) -> None:
        """A re-match, where it is due."""
        if not self.cards and self.through is None:
            return
        rested = self.matched_at is None or (
            (self.clock.now - self.matched_at).total_seconds() >= INTERVAL_S
        )
        if not (rested or self.changed):
            return
        if self.through == clock and not (self.waiting() and self.left > 0):
            return
        covered = self._cover([(card, self.cards[card]) for card in self.queue], self.paid())
        self.queue = [card for card in self.queue if card not in covered]
        self.through, self.matched_at, self.changed = clock, self.clock.now, False

    def _cover(self, order: list[tuple[Any, tuple[int, ...]]], paid: set[int]) -> set[Any]:
        left, taken, covered, held_up = self.left, set[int](), set(), False
        for card, held in order:
            new = set(held) - paid - taken
            if new and (held_up or len(taken) + len(new) > left):
                held_up = True
                continue
            taken |= new
            covered.add(card)
        if taken and self.since is None:
            self.since = self.clock.now
        self.spent += len(taken)
        self.ever_paid |= taken
        return covered


class World:
    """The service and the model, led through the same steps."""

    def __init__(self, db: Db) -> None:
        self.clock = Clock()
        self.people, self.book = People(), Book(self.clock)
        self.stem = uuid.uuid4().hex[:12]
        house = make_house(db, load(SETTINGS))
        self.actors = {
            name: Owner(house, OwnerId(f"{name}-{self.stem}"), self.clock)
            for name in ("ann", *USERS)
        }
        self.ann = self.actors["ann"]
        self.base = 10 * next(_blocks)
        self.uploaded: dict[int, Any] = {}
        self.by_hand: list[CardId] = []

    def spelled(self, number: int) -> str:
        return f"+1646{2_000_000 + self.base + number}"

    async def step(self, what: str, *args: Any) -> None:
        await getattr(self, what)(*args)
        shown = {user.partition("-")[0] for user in await self.ann.shown()}
        high = {
            user
            for held in self.book.cards.values()
            for number in set(held) & self.book.ever_paid
            for user in self.people.shows(number)
        }
        assert shown <= high, (what, args)
        assert await self.ann.left() == self.book.left, (what, args)

    async def register(self, user: str, numbers: tuple[int, ...]) -> None:
        held = [f"tel:{self.spelled(n)}" for n in numbers]
        await self.ann.register(self.actors[user].owner, *held)
        kept = {n: who for n, who in self.people.holder.items() if who != user}
        self.people.holder = {**kept, **dict.fromkeys(numbers, user)}

    async def leave(self, user: str) -> None:
        try:
            await self.ann(directory.remove, UserId(self.actors[user].owner))
        except NotFound:
            return
        self.people.holder = {n: who for n, who in self.people.holder.items() if who != user}

    async def share(self, user: str, yes: bool) -> None:
        to = Audience.EVERYONE if yes else Audience.NOBODY
        await self.actors[user](sharing.put, Sharing(phone=to, email=to))
        self.people.silent = self.people.silent - {user} if yes else self.people.silent | {user}
        if yes:
            self.people.objected -= {n for n, who in self.people.holder.items() if who == user}

    async def block(self, one: str, yes: bool) -> None:
        for by, other in ((one, "ann"), ("ann", one)):
            story = block.add if yes else block.remove
            await self.actors[by](story, UserId(self.actors[other].owner))
            pair = {(by, other)}
            self.people.apart = self.people.apart | pair if yes else self.people.apart - pair
            yes = False

    async def object(self, number: int) -> None:
        async def story(ctx: Context) -> None:
            key = ctx.house.keyring.fixed("objection")
            name = Identifier(f"tel:{self.spelled(number)}")
            (tag,) = blind.tags(key, [name], Person.OBJECTION)
            await objections.add(ctx.tx, tag, ctx.now)
            if (holder := self.people.holder.get(number)) is not None:
                await directory.relist(ctx, UserId(self.actors[holder].owner))

        await self.ann(story)
        self.people.objected.add(number)
        # What goes moves no number on. A card that showed her by this number shows her by another at the next re-match.
        await self.ann.register(f"eve-{self.stem}", f"mailto:{self.stem}@example.org")

    async def create(self, numbers: tuple[int, ...]) -> None:
        made = await self.ann(cards.create, person("X", *map(self.spelled, numbers)))
        self.by_hand.append(made.id)
        await self._begun()
        self.book.write({made.id: numbers}, [], by_hand=True)

    async def edit(self, which: int, numbers: tuple[int, ...]) -> None:
        if self.by_hand:
            card = self.by_hand[which % len(self.by_hand)]
            await self.ann(cards.replace, card, person("X", *map(self.spelled, numbers)))
            if self.book.cards[card] != numbers:
                self.book.write({card: numbers}, [], by_hand=True)

    async def delete(self, which: int) -> None:
        if self.by_hand:
            card = self.by_hand.pop(which % len(self.by_hand))
            await self.ann(cards.delete, card)
            self.book.write({}, [card], by_hand=True)

    async def upload(self, records: list[tuple[int, ...]]) -> None:
        told = await self.ann.upload(*(person("Y", *map(self.spelled, r)) for r in records))
        await self._begun()
        if self.book.cards:
            self.book.match(await self.ann.read(disclosure.clock))
        new = {f"d{n}": held for n, held in enumerate(records)}
        gone = [c for c in self.book.cards if isinstance(c, str) and c not in new]
        new = {c: held for c, held in new.items() if self.book.cards.get(c) != held}
        self.book.write(new, gone, by_hand=False)
        assert told.deferred == self.book.waiting()

    async def _begun(self) -> None:
        """A book that was empty is matched with all there is from its first write on."""
        if self.book.through is None:
            self.book.through = await self.ann.read(disclosure.clock)

    async def sync(self) -> None:
        self.clock.forward(seconds=INTERVAL_S)
        shown = {user.partition("-")[0] for user in await self.ann.get()}
        self.book.match(await self.ann.read(disclosure.clock))
        low = {user for number in self.book.paid() for user in self.people.shows(number)}
        assert low <= shown

    async def hours(self, hours: int) -> None:
        self.clock.forward(hours=hours)


NUMBER = st.integers(0, NUMBERS - 1)
HELD = st.lists(NUMBER, min_size=1, max_size=3, unique=True).map(tuple)
USER = st.sampled_from(USERS)
STEPS = st.one_of(
    st.tuples(st.just("register"), USER, HELD),
    st.tuples(st.just("register"), USER, HELD),
    st.tuples(st.just("leave"), USER),
    st.tuples(st.just("share"), USER, st.booleans()),
    st.tuples(st.just("block"), USER, st.booleans()),
    st.tuples(st.just("object"), NUMBER),
    st.tuples(st.just("create"), HELD),
    st.tuples(st.just("create"), HELD),
    st.tuples(st.just("edit"), NUMBER, HELD),
    st.tuples(st.just("edit"), NUMBER, HELD),
    st.tuples(st.just("delete"), NUMBER),
    st.tuples(st.just("upload"), st.lists(HELD, min_size=1, max_size=4)),
    st.tuples(st.just("sync")),
    st.tuples(st.just("sync")),
    st.tuples(st.just("hours"), st.integers(1, 3)),
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=8, max_size=25))
async def test_any_history_shows_what_the_model_shows_and_costs_what_it_costs(
    db: Db, steps: list[Any]
) -> None:
    world = World(db)
    await world.ann.matching()
    for step in steps:
        await world.step(*step)
    await world.step("sync")
