"""Who works on a run: a lease with a token. A worker that slept through its end writes nothing more.

One run of an owner is worked on at a time; the others wait their turn.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from contact_service.actions import runs
from contact_service.actions.context import Context, House
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Import
from contact_service.model.problem import Unavailable
from contact_service.storage import imports
from contact_service.storage.db import Tx
from contact_service.storage.imports import Lease

LASTS = timedelta(seconds=30)
LOOK_S = 1.0
"""How often a worker looks whether the run was cancelled."""
RENEW_S = 10.0
TURN_S = 2.0


class LeaseLost(Exception):
    """The run was cancelled, or another works on it: nothing of this page may be kept."""


class Taken(msgspec.Struct, frozen=True):
    """A run to be worked on, under that lease."""

    run: Import
    lease: Lease


async def take(ctx: Context, id_: UUID) -> Taken | float | None:
    """Begin or go on with a run; the seconds to wait when another is worked on; None when it has ended."""
    others = await imports.standing(ctx.tx)
    ours = next((one for one in others if one.id == id_), None)
    if ours is None:
        return None
    until = [one.lease_until for one in others if one.lease_until and one.lease_until > ctx.now]
    if until:
        # It may end sooner than its lease.
        return min(TURN_S, max((max(until) - ctx.now).total_seconds(), 0.05))
    lease = Lease(id_, ctx.new_id(), ctx.now + LASTS)
    row = await imports.take(ctx.tx, lease, ctx.now)
    assert row is not None, "it stands, and nobody holds it"
    return Taken(runs.opened(ctx, row), lease)


def renewed(ctx: Context, lease: Lease) -> Lease:
    """The same lease from now on."""
    return msgspec.structs.replace(lease, until=ctx.now + LASTS)


async def keep(house: House, lease: Lease, owner: OwnerId) -> None:
    """Hold the lease for as long as it is ours; returns when it was taken away, or cannot be held."""
    until, due = lease.until, 0.0
    while datetime.now(UTC) < until:
        await asyncio.sleep(LOOK_S)
        due += LOOK_S
        try:
            if not await house.db.glance(owner, partial(imports.holds, lease=lease)):
                return
            if due >= RENEW_S:
                until, due = await _renew(house, lease, owner), 0.0
        except Unavailable:
            continue  # as long as it lasts, nobody else takes it


async def _renew(house: House, lease: Lease, owner: OwnerId) -> datetime:
    longer = msgspec.structs.replace(lease, until=datetime.now(UTC) + LASTS)

    async def story(tx: Tx) -> bool:
        return await imports.renew(tx, longer)

    held = await house.db.writing(owner, story)
    return longer.until if held else datetime.now(UTC)
