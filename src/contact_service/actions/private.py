"""Private discovery (RFC 9497): what clients are told of the keys, what an evaluation costs, whom a digest is.

The service sees elements that tell nothing, then buckets, then the digests a client chose to ask. An evaluation is
charged and committed before it is made; sent again under its Idempotency-Key it is made again, free.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contact_service.actions import budget, disclosure, epochs
from contact_service.actions.budget import Left
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Paid
from contact_service.model.discovery_problem import EpochMismatch, EpochRetired
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.model.match import Disclosed
from contact_service.vault import oprf


class Announced(msgspec.Struct, frozen=True):
    """An epoch as clients pin it. `begins` None: since ever; `ends` None: not known yet."""

    epoch: int
    public_key: bytes
    bits: int
    begins: datetime | None
    ends: datetime | None


async def params(ctx: Context) -> tuple[int, list[Announced]]:
    """The directory's number, and the epochs: the live one, those that end, one that is about to begin."""
    found = await epochs.read(ctx)
    keys = oprf.keys(ctx.house.keyring)
    soon = [
        e
        for e in found.all
        if e.kind is Kind.OPRF and e.state is State.BUILDING and e.live_at and e.epoch in keys
    ]
    told = [
        Announced(e.epoch, keys[e.epoch].public, e.bits, e.live_at, e.ends_at)
        for e in (*found.readable(Kind.OPRF), *soon)
    ]
    return await disclosure.clock(ctx), told


async def served(ctx: Context, epoch: int) -> Epoch:
    """The epoch, if it is readable. Raises EpochRetired (410), EpochMismatch (409)."""
    found = await epochs.read(ctx)
    for each in found.readable(Kind.OPRF):
        if each.epoch == epoch:
            return each
    live = found.live(Kind.OPRF).epoch
    raise EpochRetired(live) if 0 < epoch < live else EpochMismatch(live)


async def admit(ctx: Context, epoch: int) -> bytes:
    """The seed to evaluate with, for a viewer who may ask at all.

    Raises ConsentRequired (403), Restricted (423), EpochMismatch (409), EpochRetired (410).
    """
    disclosure.require_viewer(ctx)
    return ctx.house.keyring.oprf[(await served(ctx, epoch)).epoch]


async def charge(ctx: Context, paid: Paid, epoch: int, units: int) -> Left:
    """Charge an evaluation, unless this very request was charged before. Commit it before evaluating.

    Who moves on to a new key gets back, once, what evaluations under the last one cost. Raises DiscoveryBudget (429).
    """
    disclosure.require_viewer(ctx)
    if not paid.first:
        return await budget.left(ctx)
    if (await epochs.read(ctx)).live(Kind.OPRF).epoch == epoch:
        await budget.recredit(ctx, epoch - 1)
    left = await budget.spend(ctx, units)
    await budget.evaluated(ctx, epoch, units)
    return left


async def resolve(ctx: Context, epoch: int, digests: Sequence[bytes]) -> dict[bytes, Disclosed]:
    """Whom of these the viewer may learn of, in their order.

    Raises ConsentRequired (403), Restricted (423), EpochMismatch (409), EpochRetired (410).
    """
    disclosure.require_viewer(ctx)
    epoch = (await served(ctx, epoch)).epoch
    return await disclosure.find_private(ctx, epoch, list(dict.fromkeys(digests)))
