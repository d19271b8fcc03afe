"""The pages of a linked account: from where the last run ended, or everything; on the guard against endless chains."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from msgspec.structs import replace

from contact_service.actions import accounts, edge, run_source
from contact_service.actions.context import Context, House
from contact_service.actions.run_source import Begun, Read
from contact_service.integrations.connector import (
    Connector,
    CursorExpired,
    MissingScope,
    ProviderChanged,
    Pull,
    RateLimited,
    Reauthorise,
)
from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Details, Import, Position
from contact_service.model.imports import Page

PAGE_S = 300.0
"""How long a page may take, its own tries and waits included."""
MOST_PAGES = 1_000
MOST_EMPTY = 3
SHORT = timedelta(seconds=60)
"""Waits up to this long are slept through; for longer ones the run is parked."""
Waits = Callable[[datetime | None], None]


class AccountSource:
    """Reads one account by its connector."""

    def __init__(
        self, house: House, owner: OwnerId, request_id: str, run: Import, waits: Waits
    ) -> None:
        """`waits` is told until when a wait lasts, None once it is over."""
        assert run.account is not None, "it reads an account"
        self._house = house
        self._owner = owner
        self._request_id = request_id
        self._run = run
        self._account = run.account
        self._waits = waits
        self._ready: tuple[Connector, Pull] | None = None
        self._checkpoint: bytes | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""

    async def begin(self, details: Details) -> Begun:
        """Where the account stands. Raises Reauthorise, MissingScope."""
        self._ready = await accounts.puller(
            self._house, self._owner, self._account, run=self._run.id, waiting=self._waits
        )
        self._checkpoint = await edge.read(
            self._house, self._owner, self._request_id, accounts.cursor, self._account
        )
        place = details.position
        if not place.pages:
            place = replace(place, cursor=self._checkpoint is not None)
        details = replace(details, position=place)
        known = replace(self._run, details=details)
        run = await edge.read(self._house, self._owner, self._request_id, run_source.run, known)
        return Begun(run, details)

    async def read(self, position: Position) -> AsyncIterator[Read]:
        """The pages from that place on. An expired cursor is dropped once, and everything is read."""
        while True:
            try:
                async for read in self._chain(position):
                    position = read.position
                    yield read
            except CursorExpired:
                if position.renewed:
                    raise ProviderChanged from None
                position = Position(renewed=True)
            except RateLimited as limit:
                await self._wait(limit)
            else:
                return

    async def _chain(self, position: Position) -> AsyncIterator[Read]:
        assert self._ready is not None, "it was begun"
        connector, pull = self._ready
        start = position.resume or (None if position.renewed else self._checkpoint)
        pages = connector.pull(pull, start)
        try:
            while (page := await _next(pages)) is not None:
                position = moved(position, page)
                last = page.complete or page.checkpoint is not None
                yield Read(page, position, None, last)
        finally:
            # An iterator need not be a generator.
            if (close := getattr(pages, "aclose", None)) is not None:
                await close()

    async def _wait(self, limit: RateLimited) -> None:
        """Sleep through a short wait. Raises RateLimited for a longer one."""
        wait = limit.until - datetime.now(UTC)
        if wait > SHORT:
            raise limit
        self._waits(limit.until)
        await asyncio.sleep(max(0.0, wait.total_seconds()))
        self._waits(None)


async def _next(pages: AsyncIterator[Page]) -> Page | None:
    async with asyncio.timeout(PAGE_S):
        return await anext(pages, None)


def moved(position: Position, page: Page) -> Position:
    """The place behind a page. Raises ProviderChanged for a chain that does not end: a place it was at before, 1,000
    pages, or 3 in a row without a record and with a next one.
    """
    ends = page.complete or page.checkpoint is not None
    empty = 0 if page.changes or ends else position.empty + 1
    mark = hashlib.sha256(page.resume).digest()[:8] if page.resume is not None else b""
    if empty >= MOST_EMPTY or position.pages >= MOST_PAGES or (mark and mark in position.seen):
        raise ProviderChanged
    return replace(
        position,
        read=position.read + len(page.changes),
        resume=page.resume,
        pages=position.pages + 1,
        empty=empty,
        seen=(*position.seen, mark) if mark else position.seen,
    )


async def failed(ctx: Context, run: Import, slug: str) -> None:
    """Have the account say that it must be connected again, where that is why a run of it failed."""
    if run.account is None or slug not in {Reauthorise.slug, MissingScope.slug}:
        return
    account = await accounts.get(ctx, run.account)
    if account is not None and account.state is State.CONNECTED:
        await accounts.mark(ctx, run.account, State.REAUTHORISE)
