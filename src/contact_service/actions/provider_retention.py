"""What is known of links and calls to providers is let go of: links whose time is over, counts, the ledger."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from contact_service.actions import edge
from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.storage import oauth_states, provider_buckets, provider_spend
from contact_service.storage.db import Tx
from contact_service.storage.walk import START

BUCKETS_KEPT = timedelta(days=2)
"""Longer than any provider asks for silence, and than any limit's window."""
SPEND_KEPT = timedelta(days=200)
"""An owner's rows of the ledger."""
DAYS_KEPT = timedelta(days=400)
"""What was spent, a day a row: for the operator's year."""
_OWNERS = 100
_ALL = 2**31

Walk = Callable[[OwnerId], Awaitable[list[OwnerId]]]


async def tidy(house: House, now: datetime) -> None:
    """Let go of what is past its time. For the clock. Raises DatabaseDown and Overloaded (503)."""

    async def story(tx: Tx) -> None:
        await provider_buckets.drop(tx, now - BUCKETS_KEPT)
        await provider_spend.drop_days(tx, (now - DAYS_KEPT).date())

    await house.db.sharing(story)
    spent = now - SPEND_KEPT
    links = partial(oauth_states.ended, house.db, now=now, limit=_OWNERS)
    rows = partial(provider_spend.past, house.db, before=spent, limit=_OWNERS)
    await _each(house, links, partial(oauth_states.drop_ended, now=now, most=_ALL))
    await _each(house, rows, partial(provider_spend.drop, before=spent))


async def _each(house: House, walk: Walk, step: Callable[[Tx], Awaitable[None]]) -> None:
    after = START
    while owners := await walk(after):
        for owner in owners:
            await edge.upkeep(house, owner, step)
        after = owners[-1]
