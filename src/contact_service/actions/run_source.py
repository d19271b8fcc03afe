"""What every source of a run gives: what is known of it at the beginning, then page by page."""

from uuid import UUID

import msgspec

from contact_service.actions import match, source_records
from contact_service.actions.context import Context
from contact_service.actions.importing import Run
from contact_service.model.import_run import Details, Import, Position
from contact_service.model.imports import Kind, Page


class Begun(msgspec.Struct, frozen=True):
    """The run as the engine needs it, and its details with what the source is."""

    run: Run
    details: Details


class Read(msgspec.Struct, frozen=True):
    """A page, the place behind it, how much of the source that is (0 to 100, None: nobody knows). `last`: the source
    has said all, and this page carries what rests on that.
    """

    page: Page
    position: Position
    percent: int | None = None
    last: bool = False


async def run(ctx: Context, of_: Import) -> Run:
    """The run as the engine needs it."""
    return await of(ctx, of_.id, of_.number, of_.kind, of_.account, of_.details)


async def of(
    ctx: Context, id_: UUID, number: int, kind: Kind, account: UUID | None, details: Details
) -> Run:
    """The run of these details."""
    return Run(
        id=id_,
        number=number,
        kind=kind,
        source=source_records.source(ctx.key, kind, "" if account is None else str(account)),
        device=f"import:{kind.value}",
        region=await match.region(ctx, details.region),
        auto_merge=details.auto_merge,
        full=account is not None and not details.position.cursor,
    )
