"""Where the pages of a run come from: a file that was taken in, or a linked account."""

from collections.abc import AsyncIterator
from typing import Protocol, Self

from contact_service.actions.account_source import AccountSource, Waits
from contact_service.actions.context import House
from contact_service.actions.file_source import FileSource
from contact_service.actions.run_source import Begun, Read
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Details, Import, Position


class Source(Protocol):
    """Pages of one run, from any place of it on. Use it with `async with`."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def begin(self, details: Details) -> Begun:
        """What the engine is told of the run, and what is known of the source now."""
        ...

    def read(self, position: Position) -> AsyncIterator[Read]:
        """The pages from that place on."""
        ...


def of(house: House, owner: OwnerId, request_id: str, run: Import, waits: Waits) -> Source:
    """The source of that run; `waits` as AccountSource is given it."""
    if run.account is None:
        return FileSource(house, owner, request_id, run)
    return AccountSource(house, owner, request_id, run, waits)
