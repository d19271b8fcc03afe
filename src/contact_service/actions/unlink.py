"""Unlinking an account: its import ends, its grant goes back, what only it brought stays or goes, as the owner says.

Its tokens are held no longer from the commit on. A large book goes a slice at a time, by an errand.
"""

from datetime import timedelta
from uuid import UUID

import msgspec

from contact_service.actions import (
    accounts,
    edge,
    errands,
    runs,
    source_records,
    unlinking,
)
from contact_service.actions.context import Context, House
from contact_service.model.account import State
from contact_service.model.imports import Kind
from contact_service.model.problem import NotFound
from contact_service.storage import accounts as rows
from contact_service.storage.outbox import Errand

SLICE = 1_000
"""Records that go in one transaction."""
UNUSED = timedelta(days=180)
"""Tokens that nobody used for so long are given back."""


class _Left(msgspec.Struct, frozen=True, array_like=True):
    account: UUID
    keep: bool


async def remove(ctx: Context, account: UUID, *, keep: bool) -> None:
    """Unlink it; `keep`: what it brought stays, as the owner's own. Raises NotFound (404)."""
    row = await rows.get(ctx.tx, account)
    if row is None:
        raise NotFound
    if row.state is State.UNLINKING:
        return
    await runs.cancel_of(ctx, account)
    await accounts.mark(ctx, account, State.UNLINKING)
    if await _slice(ctx, account, keep=keep):
        await errands.leave(ctx, errands.UNLINK, msgspec.msgpack.encode(_Left(account, keep)))


async def withdrawn(ctx: Context, provider: str) -> None:
    """The consent to read that provider is withdrawn: all accounts of it go, with what only they brought."""
    for row in await rows.all_(ctx.tx):
        if row.provider == provider:
            await remove(ctx, row.id, keep=False)


async def lapse(ctx: Context, account: UUID) -> None:
    """Nobody used its tokens for long: they are given back, and the owner may connect again."""
    row = await rows.get(ctx.tx, account)
    if row is not None and row.tokens is not None and row.used_at < ctx.now - UNUSED:
        await accounts.mark(ctx, account, State.REAUTHORISE)


async def carry(house: House, errand: Errand) -> None:
    """The slices that were left. Raises DatabaseDown, Overloaded (503): later."""
    left = await edge.read(house, errand.owner, str(errand.id), _left, errand)
    while await edge.write(
        house, errand.owner, str(errand.id), _slice, left.account, keep=left.keep
    ):
        pass


async def _slice(ctx: Context, account: UUID, *, keep: bool) -> bool:
    """Some records of an account that is being unlinked go, with the last ones the account; whether there are more."""
    row = await rows.get(ctx.tx, account)
    if row is None or row.state is not State.UNLINKING:
        return False
    kind = Kind(row.provider)
    source = source_records.source(ctx.key, kind, str(account))
    done = await unlinking.remove(ctx, kind, source, SLICE, keep=keep)
    if not done.more:
        await rows.remove(ctx.tx, account)
    return done.more


async def _left(ctx: Context, errand: Errand) -> _Left:
    return msgspec.msgpack.decode(errands.payload(ctx, errand), type=_Left)
