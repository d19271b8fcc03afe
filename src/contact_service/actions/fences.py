"""The fences behind the budget: young accounts of one network together, what looks like a scan, and the alarm.

A fence that cannot be asked refuses: its statements stand in the transaction of the charge.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec

from contact_service.actions.context import CLOCK, Context, House
from contact_service.model import budget, density
from contact_service.model.budget import Budget
from contact_service.model.identifier import Identifier
from contact_service.model.problem import Unavailable
from contact_service.storage import budgets
from contact_service.storage.db import Tx
from contact_service.vault import blind
from contact_service.vault.blind import Person

YOUNG = timedelta(days=7)
"""How long an account counts against its network's fence."""
ALARM_DAYS = 7


class Gate(msgspec.Struct, frozen=True):
    """A network's fence on a day, held until commit; `room`: units its young accounts may still spend."""

    key: bytes
    room: int


async def gate(ctx: Context, state: Budget) -> Gate | None:
    """The fence that a charge of this account must pass; None: it is old enough, the operator acts, or the setting puts
    up none. A job may spend nothing for a young account: what waits there waits for a request, whose network counts.
    """
    most = ctx.house.settings.discovery_network_per_day
    if not most or ctx.network is None or not await young(ctx, state):
        return None
    if ctx.network == CLOCK:
        return Gate(b"", 0)
    # A key of its own each day: the rows do not tell which days a network came back.
    told = f"{ctx.now.date()} {ctx.network}"
    key = blind.tag(ctx.house.keyring.fixed("network"), told, Person.RETRY)
    return Gate(key, max(0, most - await budgets.hold_network(ctx.tx, ctx.now.date(), key)))


async def young(ctx: Context, state: Budget | None = None) -> bool:
    """Whether the account is younger than `YOUNG`."""
    if state is not None and ctx.now - state.started_at >= YOUNG:
        return False
    since = await budgets.since(ctx.tx)
    return since is None or ctx.now - since < YOUNG


async def passed(ctx: Context, held: Gate, units: int) -> None:
    """Count a charge against the fence."""
    await budgets.add_network(ctx.tx, ctx.now.date(), held.key, units)


def until_tomorrow_s(now: datetime) -> int:
    """Seconds until the fences' next day (UTC)."""
    begins = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return max(1, -((now - begins) // timedelta(seconds=1)))


def weighed(
    ctx: Context, state: Budget, asked: Sequence[Identifier], hits: int, known: int
) -> Budget:
    """The state after a look at what was asked: halved refill when the window looks like a scan. `known`: changes that
    the directory has seen.
    """
    ctx.house.tally.add(hits=hits)
    settings = ctx.house.settings
    state = density.noted(state, len(asked), hits, density.near(asked))
    few = settings.discovery_hits_percent if known >= settings.discovery_hits_from else 0
    state, suspect = density.weighed(state, few, settings.discovery_runs_percent)
    for sign, shown in (("hits", suspect.few_hits), ("runs", suspect.runs)):
        if shown:
            ctx.house.metrics.count("contacts_discovery_slowed_total", sign=sign).add()
    return budget.slowed(state, ctx.now) if suspect else state


async def told(house: House, now: datetime) -> bool:
    """Write down what this process has counted of all accounts. Whether to raise the alarm: the day has reached
    so many times the median of the 7 days before; once a day and process.

    For the clock, in a transaction of its own: requests do not wait for each other's rows. Raises Unavailable (503).
    """
    units, hits = house.tally.take()
    if not units and not hits:
        return False
    times, today = house.settings.discovery_alarm_times, now.date()

    async def story(tx: Tx) -> dict[int, int]:
        await budgets.add_day(tx, today, house.tally.shard, units, hits)
        found = await budgets.days(tx, today - timedelta(days=ALARM_DAYS))
        return {(today - day).days: n for day, n in found.items()}

    try:
        ago = await house.db.sharing(story)
    except Unavailable:
        house.tally.add(units, hits)
        raise
    usual = median(ago.get(n, 0) for n in range(1, ALARM_DAYS + 1))
    if not times or not usual or ago[0] < times * usual or house.tally.alarmed == today:
        return False
    house.tally.alarmed = today
    house.metrics.count("contacts_discovery_alarms_total").add()
    return True
