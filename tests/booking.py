"""Owners whose books are matched, on a clock that the test turns: ctx.now, for the budget and the intervals."""

import itertools
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from acting import Actor, make_house, person
from contact_service.actions import budget, directory, match, upload
from contact_service.actions.context import Context, House
from contact_service.actions.directory import User
from contact_service.actions.upload import Uploaded
from contact_service.actions.upload_records import Prepared
from contact_service.formats.upload import Batch, Item, Source, View
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import load
from contact_service.storage.db import Db

MATCHED = "SELECT count(*) FROM matches WHERE owner_id = $1"
WAITING = "SELECT count(*) FROM match_queue WHERE owner_id = $1"


class Clock:
    """The time, as all owners of a test see it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def forward(self, **of_time: float) -> None:
        self.now += timedelta(**of_time)


class Owner(Actor):
    """An Actor in the clock's time, with a device and an app."""

    def __init__(self, house: House, owner: OwnerId, clock: Clock) -> None:
        super().__init__(house, owner)
        self.clock = clock

    async def __call__(
        self, story: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        return await super().__call__(self._told(story), *args, **kwargs)

    async def read(self, story: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await super().read(self._told(story), *args, **kwargs)

    def _told(self, story: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def now(ctx: Context, *args: Any, **kwargs: Any) -> Any:
            return await story(replace(ctx, now=self.clock.now), *args, **kwargs)

        return now

    async def upload(
        self,
        *cards: bytes,
        device: str = "d1",
        view: View = "full",
        region: str | None = None,
    ) -> Uploaded:
        """A device's whole book, its records named by their places."""
        prepared = await self.decode(*cards, device=device, view=view, region=region)
        told: Uploaded = await self(upload.apply, prepared)
        return told

    async def decode(
        self,
        *cards: bytes,
        device: str = "d1",
        view: View = "full",
        region: str | None = None,
    ) -> Prepared:
        """The first half of an upload."""
        items = [Item(place, str(place), raw) for place, raw in enumerate(cards)]
        batch = Batch(Source("ios", device, region), view, items)
        return await upload.prepare(self.house, self.owner, "test", batch)

    async def get(self) -> set[str]:
        """As GET /v1/matches does: whom the owner is shown."""
        if await self.read(match.due):
            await self(match.refresh)
        return await self.shown()

    async def shown(self) -> set[str]:
        return {str(found.disclosed.user_id) for found in await self.read(match.stored)}

    async def left(self) -> int:
        told: budget.Left = await self.read(budget.left)
        return told.left

    async def register(
        self, user: str, *identifiers: str, attested: bool = False, everyone: bool | None = True
    ) -> str:
        """As the app does; the user is told back."""
        held = tuple(map(Identifier, identifiers))
        trust = "attested" if attested else "verified"
        made = User(UserId(user), held, discoverable=everyone, trust=trust)
        await self(directory.put, [made])
        return user

    async def rows(self, sql: str) -> int:
        found = await self.house.db.ask(lambda con: con.fetchval(sql, self.owner))
        return int(found)

    async def matching(self) -> "Owner":
        await self.consents(Purpose.STORE, Purpose.MATCH)
        return self


AT_ONCE = 20
FIGURES = {
    "CONTACT_DISCOVERY_NETWORK_PER_DAY": "0",
    "CONTACT_DISCOVERY_AT_ONCE": str(AT_ONCE),
    "CONTACT_DISCOVERY_PER_DAY": "24",
    # Made-up books are runs of near numbers without a hit.
    "CONTACT_DISCOVERY_HITS_PERCENT": "0",
    "CONTACT_DISCOVERY_RUNS_PERCENT": "101",
}
"""A small budget, that grows by one an hour."""
_blocks = itertools.count()


def naming(db: Db, clock: Clock) -> Callable[[str], Owner]:
    """Owners of one house with that budget."""
    house = make_house(db, load(FIGURES))
    return lambda name: Owner(house, OwnerId(f"{name}-{uuid.uuid4().hex[:12]}"), clock)


def numbers(count: int) -> list[str]:
    """Phone numbers that no other test has."""
    block = next(_blocks)
    return [f"+1415{2_000_000 + block * 1_000 + n}" for n in range(count)]


def book(phones: Iterable[str]) -> list[bytes]:
    """A card with each."""
    return [person(f"P{n}", phone) for n, phone in enumerate(phones)]
