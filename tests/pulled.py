"""A connector over a real connection to an emulator: a Fetch that waits no real time, and a book that pages are laid into."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from contact_emulators.emulator import Emulator
from contact_service.integrations.connector import (
    BudgetExceeded,
    Connector,
    CursorExpired,
    Pull,
    Reauthorise,
)
from contact_service.integrations.fetching import Fetching, Pace, Ports
from contact_service.integrations.outward import Outward
from contact_service.model.imports import Delete, Edge, Page, Reject, Rename, Upsert
from emulating import serving_one

TOKEN = "a-token"


class Clock:
    """Time that passes only where somebody sleeps; `slept` has each wait, in seconds."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class Grant:
    """`fresh`: what a refresh gives; None, and the grant is gone."""

    def __init__(self, fresh: str | None = TOKEN) -> None:
        self.refreshed = fresh

    async def token(self) -> str:
        return TOKEN

    async def fresh(self, stale: str) -> str:
        if self.refreshed is None:
            raise Reauthorise
        return self.refreshed


class Gate:
    """Never shut."""

    async def take(self) -> float:
        return 0.0

    async def silence(self, seconds: float) -> None:
        """All the same to it."""


class Purse:
    """`left`: records that may still be paid for; `paid`: those that were."""

    def __init__(self, left: int = 0) -> None:
        self.left, self.paid = left, 0

    async def reserve(self, records: int) -> object:
        if records > self.left:
            raise BudgetExceeded
        self.left -= records
        return records

    async def settle(self, reserved: Any, records: int) -> None:
        self.left += reserved - records
        self.paid += records


class Book:
    """What the engine is to make of pages: the last word of each id; a full read sweeps what it did not see."""

    def __init__(self) -> None:
        self.cards: dict[str, dict[str, Any]] = {}
        self.edges: dict[tuple[str, str], str] = {}
        self.rejects: list[Reject] = []
        self.resume: bytes | None = None
        self.checkpoint: bytes | None = None
        self.pages: list[Page] = []
        self.deleted: list[str] = []
        self._seen: set[Any] = set()

    def lay(self, page: Page) -> None:
        """One page, as in one transaction."""
        self.pages.append(page)
        for change in page.changes:
            self._lay(change)
        if page.resume is not None:
            self.resume = page.resume
        if page.complete:
            self._sweep()
        if page.checkpoint is not None or page.complete:
            self.checkpoint, self.resume = page.checkpoint, None
            self._seen = set()

    def _lay(self, change: object) -> None:
        match change:
            case Upsert():
                self.cards[change.source_id] = msgspec.json.decode(change.card.json)
                self._seen.add(change.source_id)
            case Delete():
                self.deleted += [change.source_id] * (change.source_id in self.cards)
                self.cards.pop(change.source_id, None)
            case Rename():
                for old in change.old_ids:
                    if old in self.cards:
                        self.cards[change.new_id] = self.cards.pop(old)
            case Reject():
                self.rejects.append(change)
                self._seen.add(change.source_id)
            case Edge():
                key = (change.kind, change.provider_user_id or change.display_name)
                self.edges[key] = change.display_name
                self._seen.add(key)

    def _sweep(self) -> None:
        lost = [source_id for source_id in self.cards if source_id not in self._seen]
        self.deleted += lost
        for source_id in lost:
            del self.cards[source_id]
        self.edges = {key: name for key, name in self.edges.items() if key in self._seen}


class Rig:
    """One account of one provider, and its book."""

    def __init__(
        self, connector: Connector, base: str, way: Outward, options: Mapping[str, bool] = {}
    ) -> None:
        self.connector = connector
        self.clock, self.grant, self.purse = Clock(), Grant(), Purse()
        self.book = Book()
        self.way = way
        returned = getattr(connector, "returned", None)
        ports = Ports(self.way, self.grant, Gate(), self.purse, returned)
        pace = Pace(self.clock.now, self.clock.sleep, lambda: 0.5)
        fetch = Fetching(connector.manifest, base, ports, pace)
        self.ctx = Pull(fetch, base, options)

    async def pull(self, *, stop_after: int | None = None) -> Book:
        """A run from where the last one stopped: the rest of a broken chain, or what is new. `stop_after`: it is
        killed behind so many pages.
        """
        self.way._breakers.clear()  # each run is in a process of its own
        cursor = self.book.resume or self.book.checkpoint
        pages = self.connector.pull(self.ctx, cursor)
        async with contextlib.aclosing(pages):  # type: ignore[type-var]  a generator, as all connectors' are
            count = 0
            async for page in pages:
                self.book.lay(page)
                count += 1
                if count == stop_after:
                    break
        return self.book

    async def pull_again(self, *, stop_after: int | None = None) -> Book:
        """A run that takes an expired cursor as the engine does: one full read, and no more."""
        try:
            return await self.pull(stop_after=stop_after)
        except CursorExpired:
            self.book.resume = self.book.checkpoint = None
            return await self.pull(stop_after=stop_after)


@contextlib.contextmanager
def pulling(
    connector: Connector,
    emulator: Emulator,
    way: Outward,
    path: str = "",
    scopes: tuple[str, ...] = (),
    **options: bool,
) -> Iterator[Rig]:
    """The emulator on a port, and an account there whose token has the manifest's scopes, or these."""
    emulator.let_in(TOKEN, scopes or connector.manifest.scopes)
    with serving_one(emulator) as url:
        yield Rig(connector, url + path, way, options)
