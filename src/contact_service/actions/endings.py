"""How work on a run ends: it is done or failed, it is put aside until later, or it is only let go of."""

from datetime import datetime

from contact_service.actions.context import Context
from contact_service.actions.leases import LeaseLost
from contact_service.actions.paging import Stand
from contact_service.model.import_run import Details
from contact_service.model.imports import State
from contact_service.storage import import_parts, imports
from contact_service.storage.imports import Lease, Seal
from contact_service.vault import imports as sealed


async def finish(ctx: Context, stand: Stand, details: Details, state: State) -> None:
    """End the run in that state; its file goes. Raises LeaseLost."""
    seal = _seal(ctx, stand, details)
    if not await imports.finish(ctx.tx, stand.lease, seal, state, ctx.now):
        raise LeaseLost
    await import_parts.drop(ctx.tx, stand.lease.id)
    await ctx.note(
        f"import.{state.value}",
        object_kind="import",
        object_id=str(stand.lease.id),
        n=details.position.pages,
    )


async def park(ctx: Context, stand: Stand, details: Details, until: datetime | None) -> None:
    """Put it aside; `until` is what the owner is told. Raises LeaseLost."""
    if not await imports.park(ctx.tx, stand.lease, _seal(ctx, stand, details), until):
        raise LeaseLost


async def free(ctx: Context, lease: Lease) -> None:
    """Let go of it as it stands."""
    await imports.free(ctx.tx, lease)


def _seal(ctx: Context, stand: Stand, details: Details) -> Seal:
    return Seal(sealed.seal(ctx.key, stand.lease.id, stand.rev + 1, details), stand.rev)
