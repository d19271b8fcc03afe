"""A run is taken back, a slice a transaction, until nothing of it is left; cut anywhere, it goes on where it was."""

import asyncio
import time
from uuid import UUID

from contact_service.actions import edge, errands, run_source, runs, undo
from contact_service.actions.context import Context, House
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import NEXT, Import
from contact_service.model.imports import State
from contact_service.model.imports_problem import ImportEnded, ImportUnderWay
from contact_service.storage import imports
from contact_service.vault import imports as sealed

PHASE = "undoing"
AT_ONCE_S = 5.0
"""So long an undo may take while its request waits; then the clock goes on with it."""


def may_be(run: Import) -> bool:
    """Whether the run can be taken back."""
    return State.UNDONE in NEXT[run.state] and not run.preview and run.details.position.pages > 0


async def begin(ctx: Context, id_: UUID) -> Import:
    """Say that the run is to be taken back. Raises NotFound (404), ImportEnded, ImportUnderWay (409)."""
    run = await runs.get(ctx, id_)
    if run.phase == PHASE:
        return run
    if not may_be(run):
        raise ImportEnded(run.state.value)
    if run.account is not None and (others := await imports.of_account(ctx.tx, run.account)):
        raise ImportUnderWay(others[0])
    await imports.set_phase(ctx.tx, id_, PHASE)
    await errands.leave(ctx, errands.IMPORT, id_.bytes)
    await ctx.note("import.undo", object_kind="import", object_id=str(id_))
    return await runs.get(ctx, id_)


async def carry(
    house: House, owner: OwnerId, request_id: str, id_: UUID, within_s: float | None = None
) -> bool:
    """Take it back; whether all of it is, `within_s` seconds (None: however long that takes)."""
    end = None if within_s is None else time.monotonic() + within_s
    while await edge.write(house, owner, request_id, _slice, id_):
        if end is not None and time.monotonic() >= end:
            return False
        await asyncio.sleep(0)
    return True


async def _slice(ctx: Context, id_: UUID) -> bool:
    """Take some of it back; whether there is more."""
    run = await runs.get(ctx, id_)
    if run.phase != PHASE:
        return False
    done = await undo.undo(ctx, await run_source.run(ctx, run))
    if not done.more:
        held = sealed.seal(ctx.key, id_, run.rev + 1, run.details)
        await imports.turn(ctx.tx, id_, held, State.UNDONE, ctx.now)
        ctx.house.metrics.count(
            "contacts_imports_total", kind=run.kind.value, outcome=State.UNDONE.value
        ).add()
    return done.more
