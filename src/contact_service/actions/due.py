"""Accounts whose turn has come are read again: once an hour a look at whose it is, so that no day has a rush hour.

Also found there: accounts whose tokens nobody used for 180 days, which are given back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from contact_service.actions import accounts as account
from contact_service.actions import edge, runs, unlink
from contact_service.actions.context import Context, House
from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Kind
from contact_service.model.problem import DatabaseDown, Problem
from contact_service.storage import accounts
from contact_service.storage.accounts import Due

_WHO = "deltas"


class Begun(msgspec.Struct, frozen=True):
    """What became of a page of accounts: `last` is the owner of the last one (None: none was left)."""

    last: OwnerId | None
    begun: int = 0
    lapsed: int = 0
    skipped: int = 0


async def page(
    house: House,
    after: OwnerId,
    limit: int,
    now: datetime,
    *,
    stopped: Callable[[], bool] = lambda: False,
    rest: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Begun:
    """Begin runs of up to `limit` accounts of owners that follow `after`, or until `stopped`; `rest` waits as long as
    an account took. One that cannot begin now stays due. Raises DatabaseDown (503): all before `last` are done.
    """
    found = await accounts.due(house.db, after, now, now - unlink.UNUSED, limit)
    done = Begun(after if found else None)
    for one in found:
        if stopped():
            break
        started = asyncio.get_running_loop().time()
        try:
            done = await _one(house, one, done)
        except DatabaseDown:
            raise
        except Problem:
            # An import is under way, too many wait, or the owner is not active: its turn comes with another hour.
            done = msgspec.structs.replace(done, skipped=done.skipped + 1)
        done = msgspec.structs.replace(done, last=one.owner)
        await rest(asyncio.get_running_loop().time() - started)
    return done


async def _one(house: House, one: Due, done: Begun) -> Begun:
    if not one.due:
        await edge.write(house, one.owner, _WHO, unlink.lapse, one.id)
        return msgspec.structs.replace(done, lapsed=done.lapsed + 1)
    begun = await edge.write(house, one.owner, _WHO, _begin, one)
    return msgspec.structs.replace(done, begun=done.begun + begun)


async def _begin(ctx: Context, one: Due) -> bool:
    row = await accounts.get(ctx.tx, one.id)
    if row is None or row.state is not State.CONNECTED:
        return False
    await runs.begin_account(ctx, one.id, Kind(row.provider))
    turn = account.next_due(row.provider, one.id, ctx.now)
    await accounts.used(ctx.tx, one.id, turn, ctx.now)
    return True
