"""A run is carried out: pages are read, applied one by one under its lease, and it ends, or waits and goes on later.

Killed anywhere it goes on behind the last page that was applied. Whatever comes in its way: verdicts.py.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import ParamSpec, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contact_service.actions import (
    account_source,
    edge,
    endings,
    importing,
    leases,
    paging,
    previewing,
    sources,
    verdicts,
)
from contact_service.actions.context import House
from contact_service.actions.edge import Story
from contact_service.actions.leases import LeaseLost, Taken
from contact_service.actions.paging import Stand
from contact_service.actions.run_source import Begun, Read
from contact_service.actions.sources import Source
from contact_service.actions.verdicts import Verdict
from contact_service.integrations.connector import RateLimited
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Position
from contact_service.model.imports import State
from contact_service.model.problem import OwnerErased, Unavailable
from contact_service.storage import imports

STOPPED = "stopped"
BUSY_S = 2.0
"""When the database could not answer: so much later."""
P = ParamSpec("P")
T = TypeVar("T")
Told = Callable[[Stand, Read], None]


class Outcome(msgspec.Struct, frozen=True):
    """`after_s`: go on so many seconds later; None: there is nothing more to do. `error`: a mistake, to be logged."""

    after_s: float | None = None
    error: Exception | None = None


class Stopped(Exception):
    """The worker was told to stop: the run goes on elsewhere."""


async def run(
    house: House,
    owner: OwnerId,
    request_id: str,
    id_: UUID,
    *,
    stopped: Callable[[], bool] = lambda: False,
    told: Told = lambda *_: None,
) -> Outcome:
    """Work on a run until it ends, has to wait, is cancelled, or `stopped`; `told` after each page.

    Raises OwnerErased (410), Unavailable (503) before it began.
    """
    taken = await edge.write(house, owner, request_id, leases.take, id_)
    if taken is None or isinstance(taken, float):
        return Outcome(taken)
    at = _Place(house, owner, request_id)
    work = asyncio.ensure_future(_Work(at, taken, stopped, told).outcome())
    holding = asyncio.ensure_future(leases.keep(house, taken.lease, owner))
    try:
        await asyncio.wait({work, holding}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()  # cancelled by the owner: what is being fetched is for nobody
        with contextlib.suppress(asyncio.CancelledError):
            return await work
        return Outcome()
    finally:
        work.cancel()
        holding.cancel()
        await asyncio.gather(work, holding, return_exceptions=True)


class _Place(msgspec.Struct, frozen=True):
    """Where a run is worked on, and in whose name."""

    house: House
    owner: OwnerId
    request_id: str


class _Work:
    """The work on one run under one lease."""

    def __init__(self, at: _Place, taken: Taken, stopped: Callable[[], bool], told: Told) -> None:
        self._at = at
        self._run = taken.run
        self._stand = Stand(taken.lease, taken.run.rev, taken.run.details)
        self._stopped = stopped
        self._told = told

    async def outcome(self) -> Outcome:
        """What it came to."""
        try:
            await self._through()
            await self._finish(State.DONE)
        except LeaseLost:
            return Outcome()
        except OwnerErased:
            raise
        except Unavailable:
            return await self._freed()
        except Stopped:
            return await self._later(Verdict(STOPPED, datetime.now(UTC)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must not be lost by it
            return await self._judged(error)
        return Outcome()

    async def _through(self) -> None:
        """All pages."""
        async with self._source() as source:
            begun = await source.begin(self._stand.details)
            if self._run.preview:
                await self._preview(begun, source)
                return
            self._stand = replace(self._stand, details=begun.details)
            async for read in source.read(begun.details.position):
                await self._apply(begun, read)
                if self._stopped() and not read.last:
                    raise Stopped
                await asyncio.sleep(0)

    async def _preview(self, begun: Begun, source: Source) -> None:
        """From the beginning, however often: nothing of it is kept but what it told."""
        where = self._at
        pages = (read.page async for read in source.read(Position()))
        found = await previewing.through(where.house, where.owner, begun.run, begun.details, pages)
        self._stand = await self._write(paging.told, found, self._stand)

    def _source(self) -> Source:
        where = self._at
        return sources.of(where.house, where.owner, where.request_id, self._run, self._waits)

    def _waits(self, until: datetime | None) -> None:
        """Have the owner see that it waits; what comes of telling so is nobody's concern."""
        story = partial(imports.pause, lease=self._stand.lease, until=until)
        telling = asyncio.ensure_future(self._at.house.db.writing(self._at.owner, story))
        telling.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _apply(self, begun: Begun, read: Read) -> None:
        where = self._at
        run = replace(begun.run, full=begun.run.full or read.position.renewed)
        prepared = await importing.prepare(
            where.house, where.owner, where.request_id, run, read.page
        )
        turn = paging.Turn(
            read.page, prepared, read.position, read.percent, read.last, self._run.account
        )
        self._stand = await self._write(paging.apply, run, turn, self._stand)
        self._counted(read)
        self._told(self._stand, read)

    def _counted(self, read: Read) -> None:
        count, kind = self._at.house.metrics.count, self._run.kind.value
        count("contacts_import_pages_total", kind=kind).add()
        assert self._stand.applied is not None, "just applied"
        for outcome, n in msgspec.structs.asdict(self._stand.applied.counts).items():
            count("contacts_import_records_total", kind=kind, outcome=outcome).add(n)

    async def _finish(self, state: State, slug: str | None = None) -> None:
        details = replace(self._stand.details, fault=slug)
        await self._write(endings.finish, self._stand, details, state)
        self._at.house.metrics.count(
            "contacts_imports_total", kind=self._run.kind.value, outcome=state.value
        ).add()

    async def _judged(self, error: Exception) -> Outcome:
        verdict = verdicts.of(error, self._stand.details.faults, datetime.now(UTC))
        told = error if verdict.ours else None
        try:
            if verdict.until is not None:
                return replace(await self._later(verdict), error=told)
            await self._finish(State.FAILED, verdict.slug)
            await self._write(account_source.failed, self._run, verdict.slug)
        except LeaseLost:
            return Outcome()
        except Unavailable:
            return await self._freed()
        return Outcome(error=told)

    async def _later(self, verdict: Verdict) -> Outcome:
        assert verdict.until is not None, "the caller looked"
        more = 0 if verdict.slug in {STOPPED, RateLimited.slug} else 1
        details = replace(self._stand.details, faults=self._stand.details.faults + more)
        waiting = None if verdict.slug == STOPPED else verdict.until
        await self._write(endings.park, self._stand, details, waiting)
        return Outcome(max(0.0, (verdict.until - datetime.now(UTC)).total_seconds()))

    async def _write(self, story: Story[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        where = self._at
        return await edge.write(where.house, where.owner, where.request_id, story, *args, **kwargs)

    async def _freed(self) -> Outcome:
        """What the database has is not known here, so nothing is written; the next one looks anew."""
        with contextlib.suppress(Unavailable):
            await self._write(endings.free, self._stand.lease)
        return Outcome(BUSY_S)
