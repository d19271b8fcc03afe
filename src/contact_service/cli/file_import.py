"""A file's import carried out in this process: taken in, run to its end, told."""

import asyncio
from typing import BinaryIO
from uuid import UUID

import msgspec

from contact_service.actions import edge, import_rejects, match, running, runs
from contact_service.actions.context import Context, House
from contact_service.actions.paging import Stand
from contact_service.actions.run_source import Read
from contact_service.actions.runs import Asked
from contact_service.actions.spool import Spool
from contact_service.cli.access import REQUEST
from contact_service.cli.tally import Moved
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Import, Named
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

_BLOCK = 1024 * 1024


class Ended(msgspec.Struct, frozen=True):
    """How it went; `matched`: how many of the owner's contacts are users now."""

    run: Import
    rejects: tuple[Named, ...]
    matched: int

    def shown(self) -> dict[str, object]:
        """As JSON members."""
        told = self.run.details
        return {
            "id": str(self.run.id),
            "state": self.run.state.value,
            "preview": self.run.preview,
            **msgspec.structs.asdict(self.run.counts),
            "rejected": msgspec.to_builtins(self.rejects),
            "possibleDuplicates": told.duplicates,
            "edges": told.edges,
            "matched": self.matched,
            "format": told.format,
            "charset": told.read_as,
            "error": told.fault,
        }

    def line(self) -> str:
        """As one line."""
        counts = msgspec.structs.asdict(self.run.counts)
        told = ", ".join(f"{name} {n}" for name, n in counts.items())
        if self.run.preview:
            return f"would be: {told}; nothing was kept"
        return f"{told}; {self.matched} are on the app"


async def run(
    settings: Settings,
    owner: OwnerId,
    stream: BinaryIO,
    asked: Asked,
    *,
    preview: bool,
    moved: Moved,
) -> Ended:
    """Import the stream, or only look. Raises ConsentRequired (403), TooManyImports (429)."""
    async with houses.attached(settings) as house:
        id_ = await _begun(house, owner, stream, asked, preview=preview)

        def told(_: Stand, read: Read) -> None:
            moved(read.percent or 0)

        # A service that runs beside may have taken it up: then this waits for it.
        went = await running.run(house, owner, REQUEST, id_, told=told)
        while went.after_s is not None:
            await asyncio.sleep(went.after_s)
            went = await running.run(house, owner, REQUEST, id_, told=told)
        if went.error is not None:
            raise went.error
        return await edge.read(house, owner, REQUEST, _ended, id_)


async def _begun(
    house: House, owner: OwnerId, stream: BinaryIO, asked: Asked, *, preview: bool
) -> UUID:
    id_ = await edge.read(house, owner, REQUEST, runs.may_begin)
    taking = Spool(house, owner, REQUEST, id_)
    try:
        while part := stream.read(_BLOCK):
            await taking.add(part)
        begun = await edge.write(
            house, owner, REQUEST, runs.begin_file, taking.ended(), asked, preview=preview
        )
    except BaseException:
        await taking.drop()
        raise
    return begun.id


async def _ended(ctx: Context, id_: UUID) -> Ended:
    run_, rejects = await import_rejects.report(ctx, id_)
    matched = 0
    if consent.given(ctx.head.consents, Purpose.MATCH):
        matched = len({found.card for found in await match.stored(ctx)})
    return Ended(run_, tuple(rejects or run_.details.named), matched)
