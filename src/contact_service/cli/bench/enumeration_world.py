"""The world of the simulated attacker: two nodes on one PostgreSQL, and a clock that only the simulator moves.

Everything asked for is registered and shared with everyone, so that every answer is a hit: what fences may slow down
for its many misses is let through, and nothing that is learnt can be overlooked.
"""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from contact_service.actions import budget, consent, directory, edge, refill, rotation
from contact_service.actions.context import Context, House
from contact_service.actions.directory import User
from contact_service.cli.bench import stage
from contact_service.model.consent import Purpose
from contact_service.model.epoch import Kind
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import Settings, load
from contact_service.wiring import database
from contact_service.wiring import house as houses
from contact_service.wiring.database import Database

T = TypeVar("T")

OPERATOR = OwnerId("contacts.operator")
AT_ONCE = 1_000
"""Identifiers a request."""
_EACH = 20
TOLD = {"CONTACT_REMATCH_INTERVAL_S": "0", "CONTACT_MATRIX_SERVER_NAME": "example.com"}
"""Settings of a world: the figures of the allowance have their defaults."""


class World:
    """The service as its attackers meet it. `now` is what every action is told."""

    def __init__(self, nodes: Sequence[House]) -> None:
        self.nodes = tuple(nodes)
        self.begun = datetime.now(UTC).replace(microsecond=0)
        self.now = self.begun
        self.holders: dict[Identifier, UserId] = {}
        """Who is found by each number that was registered."""
        self._registered = 0

    def begin(self) -> None:
        """Let a day go by and count days from then on: what comes shares no day with what was."""
        self.now += timedelta(days=1)
        self.begun = self.now

    def day(self, number: float) -> None:
        """Let it be that many days after the beginning; never back."""
        self.now = max(self.now, self.begun + timedelta(days=number))

    async def act(
        self, owner: OwnerId, story: Callable[..., Awaitable[T]], *args: Any, node: int = 0
    ) -> T:
        """The story in a write transaction of the owner, by the real edge; at the simulator's time."""

        async def told(ctx: Context) -> T:
            return await story(replace(ctx, now=self.now), *args)

        return await edge.write(self.nodes[node], owner, "bench", told)

    async def look(
        self, owner: OwnerId, story: Callable[..., Awaitable[T]], *args: Any, node: int = 0
    ) -> T:
        """As `act`, in a read transaction."""

        async def told(ctx: Context) -> T:
            return await story(replace(ctx, now=self.now), *args)

        return await edge.read(self.nodes[node], owner, "bench", told)

    async def left(self, owner: OwnerId) -> int:
        """What the service says is left of the owner's allowance."""
        return (await self.act(owner, budget.left)).left

    async def account(
        self, name: str, trust: str = "verified", number: str | None = None
    ) -> OwnerId:
        """A new account with both consents, verified by `number` (else by one that nobody had)."""
        owner = OwnerId(name)
        for purpose in (Purpose.STORE, Purpose.MATCH):
            await self.act(owner, consent.grant, purpose, "1", "api")
        held = Identifier(number or f"mailto:{name}@example.com")
        user = User(UserId(name), (held,), discoverable=False, trust=trust)
        await self.act(OPERATOR, directory.put, [user])
        return owner

    async def forget(self, owner: OwnerId) -> None:
        """Deregister the account's user: its number may be verified anew."""
        await self.act(OPERATOR, directory.remove, UserId(owner))

    async def rotate(self, kind: Kind) -> int:
        """A new key for that index, live at once; its epoch."""
        node = self.nodes[0]
        await rotation.begin(node, kind, self.now, ahead=timedelta())
        made = await rotation.go_on(node, kind, self.now, refill.ON)
        for each in self.nodes:
            each.epochs.forget()
        assert made is not None, "begun a moment ago"
        return made.epoch

    async def register(self, wanted: Sequence[Identifier]) -> None:
        """Have these be somebody's, shared with everyone; twenty a user, so that it takes seconds."""
        users = []
        for start in range(0, len(wanted), _EACH):
            self._registered += 1
            held = tuple(wanted[start : start + _EACH])
            who = UserId(f"target-{self._registered}")
            self.holders |= dict.fromkeys(held, who)
            users.append(User(who, held, discoverable=True))
        for start in range(0, len(users), 50):
            await self.act(OPERATOR, directory.put, users[start : start + 50])


class Supply(Protocol):
    """Where an attacker's identifiers come from."""

    def take(self, count: int) -> list[Identifier]:
        """`count` of them, canonical: first those that were given back."""
        ...

    def give_back(self, numbers: Sequence[Identifier]) -> None:
        """These were not answered: they may be asked for again."""
        ...


class Numbers:
    """Numbers that have not been asked for yet, each one once: at random, or one after the other."""

    def __init__(self, area: int = 415, *, in_turn: bool = False) -> None:
        self._area = area
        self._step = 1 if in_turn else 7_368_787
        self._next = 0
        self._back: list[Identifier] = []

    def take(self, count: int) -> list[Identifier]:
        """`count` of them, canonical: first those that were given back."""
        again, self._back = self._back[:count], self._back[count:]
        start, self._next = self._next, self._next + count - len(again)
        # A step that shares no factor with 8,000,000 meets each number once.
        places = (2_000_000 + n * self._step % 8_000_000 for n in range(start, self._next))
        return again + [Identifier(f"tel:+1{self._area}{place}") for place in places]

    def give_back(self, numbers: Sequence[Identifier]) -> None:
        """These were not answered: they may be asked for again."""
        self._back += numbers


@contextlib.contextmanager
def scratch() -> Iterator[tuple[Settings, Database]]:
    """A PostgreSQL of our own and what its service is told; gone afterwards. From the main thread."""
    with tempfile.TemporaryDirectory(prefix="contacts-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the account that PostgreSQL runs under passes through
        environment = {n: os.environ[n] for n in stage.KEPT if n in os.environ}
        settings = load(environment | TOLD | {"CONTACT_DATA_DIR": str(folder / "var")})
        where = database.start(settings)
        try:
            yield settings, where
        finally:
            where.stop()


@contextlib.asynccontextmanager
async def opened(settings: Settings, where: Database) -> AsyncIterator[World]:
    """Two nodes of one service, each with its pools, caches and evaluators."""
    nodes: list[House] = []
    try:
        nodes.append(await houses.open_(settings, where))
        nodes.append(await houses.open_(settings, where))
        yield World(nodes)
    finally:
        for node in nodes:
            node.evaluators.close()
            node.darkroom.close()
            await node.db.close()
