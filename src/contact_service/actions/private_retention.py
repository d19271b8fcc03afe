"""The log of what came into buckets and left them is held for 30 days: who was away longer is given whole buckets."""

from datetime import datetime, timedelta

from contact_service.actions.context import House
from contact_service.storage import private
from contact_service.storage.db import Tx

KEPT = timedelta(days=30)
AT_ONCE = 1_000


async def tidy(house: House, now: datetime, *, at_once: int = AT_ONCE) -> int:
    """Let go of the log's rows that are older, at most `at_once` in a transaction; how many went. For the clock.

    Raises DatabaseDown and Overloaded (503).
    """

    async def promise(tx: Tx) -> int | None:
        last = await private.past(tx, now - KEPT)
        if last is not None:
            await private.raise_floor(tx, last)
        return last

    # Told and committed before the first row goes: nobody reads a log that has lost rows as a whole one.
    last = await house.db.sharing(promise)
    gone = 0
    while last is not None:
        part = await house.db.sharing(lambda tx: private.drop_log(tx, last, at_once))
        gone += part
        if part < at_once:
            break
    return gone
