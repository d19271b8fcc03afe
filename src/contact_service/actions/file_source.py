"""The pages of a file that was taken in. It only adds: what a file does not have is no word about it."""

from collections.abc import AsyncIterator
from typing import Self

from msgspec.structs import replace

from contact_service.actions import edge, run_source, spool
from contact_service.actions.context import House
from contact_service.actions.decoding import Decoding
from contact_service.actions.run_source import Begun, Read
from contact_service.formats.files import Detected
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Details, Import, Position
from contact_service.model.imports import Page


class FileSource:
    """Reads the pieces of one run's file, decoded in a thread."""

    def __init__(self, house: House, owner: OwnerId, request_id: str, run: Import) -> None:
        self._house = house
        self._owner = owner
        self._request_id = request_id
        self._run = run
        stream, self._below = spool.opened(house, owner, request_id, run.id, run.details.size)
        self._decoding = Decoding(stream, self._below.abandon)
        self._detected: Detected | None = None
        self._region: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._decoding.__aexit__()

    async def begin(self, details: Details) -> Begun:
        """Find out what the file is. Raises UnsupportedFile, InvalidParameter (422)."""
        run = await edge.read(self._house, self._owner, self._request_id, run_source.run, self._run)
        self._region = run.region
        self._detected = found = await self._decoding.detect(details.charset)
        known = replace(details, format=found.format, read_as=found.charset, sample=found.sample)
        return Begun(run, known)

    async def read(self, position: Position) -> AsyncIterator[Read]:
        """The pages behind the records that were read before."""
        assert self._detected is not None, "it was begun"
        pages = self._decoding.pages(self._detected, self._region, position.read)
        async for changes in pages:
            position = replace(
                position, read=position.read + len(changes), pages=position.pages + 1
            )
            yield Read(Page(changes), position, self._percent())

    def _percent(self) -> int | None:
        size = self._run.details.size
        return min(99, 100 * self._below.furthest // size) if size else None
