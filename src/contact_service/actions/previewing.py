"""A preview: the same reading by the same engine, and nothing of it is written (imports.md, Preview)."""

from collections.abc import AsyncIterable
from io import BytesIO
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contact_service.actions import edge, importing, run_source
from contact_service.actions.context import Context, House
from contact_service.actions.decoding import Decoding
from contact_service.actions.importing import Applied, Run, Seen
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Details, Named
from contact_service.model.imports import Counts, Kind, Page
from contact_service.storage import imports

MOST_NAMED = 100
"""Rejects that a preview names."""
NOBODY = UUID(int=0)


class Previewed(msgspec.Struct, frozen=True):
    """What an import would do. `details` say what the file is, how many contacts may be there already, the first
    rejects.
    """

    details: Details
    counts: Counts = Counts()
    done: int = 0

    def and_(self, page: Page, found: Applied) -> "Previewed":
        """With what a page would do."""
        room = MOST_NAMED - len(self.details.named)
        named = [Named(r.place.index, r.place.line, r.code, r.reason) for r in found.rejects[:room]]
        details = replace(
            self.details,
            duplicates=self.details.duplicates + found.possible_duplicates,
            edges=self.details.edges + len(found.edges),
            named=(*self.details.named, *named),
        )
        return Previewed(details, self.counts + found.counts, self.done + len(page.changes))


async def through(
    house: House, owner: OwnerId, run: Run, begun: Details, pages: AsyncIterable[Page]
) -> Previewed:
    """What all the pages would do."""
    told, seen = Previewed(begun), Seen()
    async for page in pages:
        found = await edge.read(house, owner, "preview", importing.preview, run, page, seen)
        told = told.and_(page, found)
    return told


async def small(house: House, owner: OwnerId, body: bytes, asked: Details) -> Previewed:
    """What a file that is in memory would do. Raises ConsentRequired (403), UnsupportedFile, InvalidParameter (422)."""
    run, details = await edge.read(house, owner, "preview", _begun, asked)
    async with Decoding(BytesIO(body), lambda: None) as decoding:
        found = await decoding.detect(details.charset)
        details = replace(details, format=found.format, read_as=found.charset, sample=found.sample)
        pages = decoding.pages(found, run.region, 0)
        return await through(house, owner, run, details, (Page(c) async for c in pages))


async def _begun(ctx: Context, asked: Details) -> tuple[Run, Details]:
    consent.require(ctx.head.consents, Purpose.STORE)
    details = replace(asked, auto_merge=await imports.auto_merge(ctx.tx), version=ctx.head.version)
    return await run_source.of(ctx, NOBODY, 0, Kind.FILE, None, details), details
