"""What of the discovery budget is held no longer: states that are full again, and the counts of past days.

A state is kept without a charge for as long as it takes to fill from nothing (200 days by default): whoever waits that
long gains nothing by being forgotten.
"""

from datetime import datetime, timedelta

import msgspec

from contact_service.actions import budget
from contact_service.actions.context import House
from contact_service.model.budget import Class, kept_for
from contact_service.settings.environment import Settings
from contact_service.storage import budgets
from contact_service.storage.db import Tx

COUNTS_KEPT = timedelta(days=14)
"""Twice what the alarm looks back on."""
AT_ONCE = 1_000


class Gone(msgspec.Struct, frozen=True):
    """Rows that went: `carries` of identifiers that no account took up, `networks` and `days` of the fences."""

    carries: int
    networks: int
    days: int


def before(settings: Settings, now: datetime) -> datetime:
    """States without a charge since then go."""
    return now - max(kept_for(budget.allowance(settings, trust)) for trust in Class)


async def shared(house: House, now: datetime, *, at_once: int = AT_ONCE) -> Gone:
    """Let go of what no owner's row holds, in transactions of at most `at_once` rows. For the clock.

    Raises DatabaseDown and Overloaded (503).
    """
    moment, day = before(house.settings, now), (now - COUNTS_KEPT).date()

    async def carries(tx: Tx) -> int:
        return await budgets.drop_carry(tx, moment, at_once)

    async def networks(tx: Tx) -> int:
        return await budgets.drop_networks(tx, day, at_once)

    gone = {"carries": 0, "networks": 0}
    for name, step in (("carries", carries), ("networks", networks)):
        while part := await house.db.sharing(step):
            gone[name] += part
    days = await house.db.sharing(lambda tx: budgets.drop_days(tx, day))
    return Gone(gone["carries"], gone["networks"], days)
