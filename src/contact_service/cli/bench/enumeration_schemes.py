"""Schemes with many accounts: Sybils, and one verified number that goes from account to account.

A number is what an account costs. So what is held to the figures is what one number yields, by all the accounts that
ever had it, those that are still open after it left them included.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from contact_service.cli.bench.enumeration_attacks import Attack
from contact_service.cli.bench.enumeration_roads import Road
from contact_service.cli.bench.enumeration_world import Numbers, World
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId

_AGAIN = 2
"""How often a day the number is verified anew."""


class Scheme(ABC):
    """One number and the accounts it has had; `learnt` is what all of them were answered."""

    def __init__(
        self, world: World, name: str, roads: Sequence[Road], numbers: Numbers, number: str
    ) -> None:
        self.world = world
        self.learnt: set[Identifier] = set()
        self._name = name
        self._roads = roads
        self._numbers = numbers
        self._number = number
        self._made = 0

    @abstractmethod
    async def step(self) -> None:
        """What is done on a day."""

    async def fresh(self) -> Attack:
        """A new account, verified by the number; another that has it loses it."""
        self._made += 1
        name = f"{self._name}-{self._made}"
        owner = await self.world.account(name, number=self._number)
        return self._as(owner)

    def _as(self, owner: OwnerId) -> Attack:
        attack = Attack(self.world, owner, self._roads, self._numbers)
        attack.learnt = self.learnt  # one pot: it is the number that is judged
        return attack


class Reborn(Scheme):
    """Delete the account, register the number again, ask on."""

    async def step(self) -> None:
        """Twice on each day."""
        for _ in range(_AGAIN):
            attack = await self.fresh()
            await attack.step()
            await self.world.forget(attack.owner)
            await attack.step()  # its access token lives on for a while


class TakenOver(Scheme):
    """Verify the number in another account, without deleting the one that has it."""

    def __init__(
        self, world: World, name: str, roads: Sequence[Road], numbers: Numbers, number: str
    ) -> None:
        super().__init__(world, name, roads, numbers, number)
        self._holder: Attack | None = None

    async def step(self) -> None:
        """Twice on each day; the former account asks on for as long as its access token lives."""
        for _ in range(_AGAIN):
            former, self._holder = self._holder, await self.fresh()
            if former is not None:
                await former.step()
            await self._holder.step()


class HandedOn(Scheme):
    """Let the number go through many accounts, on one day, before any of them has asked; then all ask."""

    async def step(self) -> None:
        """Ten accounts; on the next day it is ten others."""
        for one in [await self.fresh() for _ in range(10)]:
            await one.step()


class Patient(Scheme):
    """Ask until the refill is slow, delete the account, wait until what it left is forgotten, register again."""

    WAIT_DAYS = 201

    def __init__(
        self, world: World, name: str, roads: Sequence[Road], numbers: Numbers, number: str
    ) -> None:
        super().__init__(world, name, roads, numbers, number)
        self._attack: Attack | None = None
        self._since = 0.0

    async def step(self) -> None:
        """17 days of asking, then 201 of waiting, and again."""
        day = (self.world.now - self.world.begun).days
        if self._attack is None:
            if day - self._since < (self.WAIT_DAYS if self._made else 0):
                return
            self._attack, self._since = await self.fresh(), day
        await self._attack.step()
        if day - self._since >= 17:
            await self.world.forget(self._attack.owner)
            self._attack, self._since = None, day


class Sybils:
    """Accounts that have nothing to do with each other; `most` is what the luckiest one learnt."""

    def __init__(
        self, world: World, name: str, trust: str, roads: Sequence[Road], count: int
    ) -> None:
        self.most: set[Identifier] = set()
        self._world = world
        self._name = name
        self._trust = trust
        self._roads = roads
        self._count = count
        self._attacks: list[Attack] = []

    async def open(self) -> None:
        """Make the accounts."""
        for number in range(self._count):
            owner = await self._world.account(f"{self._name}-{number}", self._trust)
            self._attacks.append(Attack(self._world, owner, self._roads, Numbers()))

    async def step(self) -> None:
        """Each of them asks for all it is given."""
        for one in self._attacks:
            await one.step()
            if len(one.learnt) > len(self.most):
                self.most.clear()
                self.most |= one.learnt
