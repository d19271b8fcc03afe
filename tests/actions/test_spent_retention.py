"""What of the budget goes: what is full again, and counts of days past."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acting import Actor, make_house
from contact_service.actions import retention, spent_retention
from contact_service.actions.spent_retention import Gone
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROW = "INSERT INTO budgets (owner_id, class, balance, earned, granted, started_at, updated_at, slow_until) VALUES ($1, 'verified', 0, 0, 0, $2, $2, $3)"
CARRY = "INSERT INTO budget_carry (tag, balance, earned, granted, updated_at, slow_until) VALUES ($1, 0, 0, 0, $2, $3)"


@pytest.mark.parametrize(
    ("days", "slow_days", "gone"),
    [(200, None, 0), (200.1, None, 1), (207, 200, 0), (207, 200.1, 1), (0, None, 0)],
)
async def test_a_budget_nobody_drew_on_for_200_days_goes_with_what_was_evaluated(
    ann: Actor, days: float, slow_days: float | None, gone: int
) -> None:
    async def make(ctx: Any) -> None:
        slow = None if slow_days is None else NOW - slow_days * DAY
        await ctx.tx.run(ROW, ctx.owner, NOW - days * DAY, slow)
        sql = "INSERT INTO budget_evaluated (owner_id, epoch, units) VALUES ($1, 1, 5)"
        await ctx.tx.run(sql, ctx.owner)

    await ann(make)
    told = await retention.tidy(ann.house, ann.owner, NOW, dry=True)
    assert await retention.tidy(ann.house, ann.owner, NOW) == told
    assert told.budgets == gone
    for table in ("budgets", "budget_evaluated"):
        async with ann.house.db.read(ann.owner) as tx:
            left = await tx.value(f"SELECT count(*) FROM {table} WHERE owner_id = $1", ann.owner)
        assert left == 1 - gone


async def test_what_no_account_took_up_goes_and_counts_of_past_days(fresh_db: Db) -> None:
    house = make_house(fresh_db)
    async with fresh_db.shared() as tx:
        for n, (days, slow) in enumerate([(199, 0), (200, 0), (201, 0), (208, 199), (300, 201)]):
            await tx.run(CARRY, bytes([n]), NOW - days * DAY, NOW - slow * DAY if slow else None)
        for days in range(18):
            day = (NOW - days * DAY).date()
            await tx.run("INSERT INTO budget_networks VALUES ($1, 'a', 1), ($1, 'b', 1)", day)
            await tx.run("INSERT INTO budget_days VALUES ($1, 1, 1, 1)", day)
    assert await spent_retention.shared(house, NOW, at_once=1) == Gone(2, 6, 3)
    assert await spent_retention.shared(house, NOW) == Gone(0, 0, 0)
    async with fresh_db.read(OwnerId("x")) as tx:
        tags = await tx.rows("SELECT tag FROM budget_carry ORDER BY tag")
        assert [row["tag"] for row in tags] == [b"\0", b"\1", b"\3"]
        assert await tx.value("SELECT min(day) FROM budget_days") == (NOW - 14 * DAY).date()


def test_the_time_follows_the_figures() -> None:
    told = {
        name: NOW - spent_retention.before(load({f"CONTACT_DISCOVERY_{name}": value}), NOW)
        for name, value in (("AFTER_PER_DAY", "3"), ("AT_ONCE_ATTESTED", "20000"))
    }
    assert told == {"AFTER_PER_DAY": 3_334 * DAY, "AT_ONCE_ATTESTED": 400 * DAY}
