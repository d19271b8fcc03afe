"""What attackers of the allowance do, each on a virtual clock: ask for all that is left, and then for more.

An attack yields what its account learnt by each day of the calendar: distinct identifiers that were answered. Whoever
asks for more than is left must learn nothing by it; that is tried at every step.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from contact_service.cli.bench.enumeration_roads import Road
from contact_service.cli.bench.enumeration_world import AT_ONCE, Supply, World
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId

MONTH = tuple(float(day) for day in range(31))
YEAR = (*MONTH, *(float(day) for day in range(45, 365, 15)), 365.0)
"""Days on which the attacker comes: after the steep month the refill is slow and nothing of it is lost in between."""
JUDGED = (1, 30, 365)
_BEYOND = 100
"""How many an attacker asks for when nothing is left."""
_TRIES = 30
"""Requests a day: three times as many as the largest balance takes, so that a limiter that fails is seen to."""


class Yield(msgspec.Struct, frozen=True):
    """What an account learnt: `by_day` up to and with the days that are judged."""

    name: str
    trust: str
    accounts: int
    by_day: dict[int, int]


class Attack:
    """One account that asks by some roads, a road a request in turn; it counts what it is answered."""

    def __init__(
        self, world: World, owner: OwnerId, roads: Sequence[Road], numbers: Supply
    ) -> None:
        self.world = world
        self.owner = owner
        self.learnt: set[Identifier] = set()
        self._roads = roads
        self._numbers = numbers
        self._turn = 0

    async def step(self) -> None:
        """Spend all that is left, then ask for more than there is."""
        for _ in range(_TRIES):
            left = await self.world.left(self.owner)
            before = len(self.learnt)
            if left:
                await self._ask(min(left, AT_ONCE))
            if len(self.learnt) == before:
                break  # a road that gives nothing for what it costs: the next step tries the next road
        await self._ask(_BEYOND)

    async def race(self) -> None:
        """As `step`, by both nodes and several connections at once, each after all that is left."""
        for _ in range(_TRIES):
            left = min(await self.world.left(self.owner), AT_ONCE)
            before = len(self.learnt)
            if left:
                await asyncio.gather(*(self._ask(left, node=n % 2) for n in range(6)))
            if len(self.learnt) == before:
                break
        await asyncio.gather(*(self._ask(_BEYOND, node=n) for n in range(2)))

    async def _ask(self, count: int, node: int = 0) -> None:
        road = self._roads[self._turn % len(self._roads)]
        self._turn += 1
        wanted = self._numbers.take(count)
        learnt = await road(self.world, self.owner, wanted, node)
        self._numbers.give_back([number for number in wanted if number not in learnt])
        self.learnt |= learnt


async def through(
    world: World,
    days: Sequence[float],
    step: Callable[[], Awaitable[None]],
    learnt: set[Identifier],
) -> dict[int, int]:
    """Take that step on each of the days; how much was learnt by the days that are judged."""
    world.begin()
    found: dict[int, int] = {}
    for day in days:
        world.day(day)
        await step()
        if day in JUDGED:
            found[int(day)] = len(learnt)
    return found
