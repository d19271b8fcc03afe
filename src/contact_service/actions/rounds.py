"""The nightly re-match: owners whose devices do not ask find out too, and what waited for the budget gets its turn.

Throttled: after each owner it rests as long as the owner took, so that it has at most half of one processor.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from contact_service.actions import context, edge, match
from contact_service.actions.context import House
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.owner import State
from contact_service.model.problem import DatabaseDown, Problem
from contact_service.storage import walk

_WHO = "nightly"


class Matched(msgspec.Struct, frozen=True):
    """What became of a page of owners: `last` is the last one done (None: none was left), `matched` were matched again,
    `skipped` could not be.
    """

    last: OwnerId | None
    matched: int = 0
    skipped: int = 0


async def page(
    house: House,
    after: OwnerId,
    limit: int,
    *,
    stopped: Callable[[], bool] = lambda: False,
    rest: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Matched:
    """Match again, where that is due, the books of up to `limit` owners that follow `after`, or until `stopped`.

    `rest` waits for so many seconds. Raises DatabaseDown (503): all before `last` are done.
    """
    found = await walk.owners(house.db, after, limit)
    done = Matched(after if found else None)
    for owner in found:
        if stopped():
            break
        begun = asyncio.get_running_loop().time()
        try:
            matched, skipped = await _one(house, owner), 0
        except DatabaseDown:
            raise
        except Problem:
            # Busy, or under erasure since: its turn comes another night.
            matched, skipped = False, 1
        done = Matched(owner, done.matched + matched, done.skipped + skipped)
        if matched:
            await rest(asyncio.get_running_loop().time() - begun)
    return done


async def _one(house: House, owner: OwnerId) -> bool:
    head = await edge.head(house, owner)
    if head.state is not State.ACTIVE or not consent.given(head.consents, Purpose.MATCH):
        return False
    if not await edge.read(house, owner, _WHO, match.due):
        return False
    await edge.write(house, owner, _WHO, context.within(context.CLOCK, match.refresh))
    return True
