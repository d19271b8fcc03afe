"""Money: however many calls are made at once, what they may cost is within each budget, and each has its row."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from acting import UNFENCED, Actor, make_house
from contact_service.actions import provider_retention, spending
from contact_service.actions.context import Context, House
from contact_service.integrations.connector import BudgetExceeded
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db

CENT = 10_000


def budgets(**cents: int) -> dict[str, str]:
    usual = {"run": 10**6, "owner": 10**6, "day": 10**6} | cents
    return UNFENCED | {f"CONTACT_BUDGET_{name.upper()}": str(n) for name, n in usual.items()}


@pytest.fixture
async def payer(fresh_db: Db) -> AsyncIterator[Callable[..., Actor]]:
    """An owner under these budgets; each of them on the same database, whose day is this test's alone."""

    def made(name: str = "ann", **cents: int) -> Actor:
        return Actor(make_house(fresh_db, load(budgets(**cents))), OwnerId(name))

    return made


async def spent(ctx: Context) -> int:
    return int(
        await ctx.tx.value(
            "SELECT coalesce(sum(micro_usd), 0) FROM provider_spend WHERE owner_id = $1", ctx.owner
        )
    )


async def of_day(house: House) -> int:
    async def story(tx):
        return await tx.value("SELECT coalesce(sum(micro_usd), 0) FROM provider_days")

    return int(await house.db.sharing(story))


async def tried(who: Actor, micro: int, run: uuid.UUID | None = None) -> bool:
    try:
        await who(spending.reserve, "x", micro, run)
    except BudgetExceeded:
        return False
    return True


@pytest.mark.parametrize("off", ["run", "owner", "day"])
async def test_by_default_and_where_one_budget_is_nothing_no_call_is_paid(payer, off: str) -> None:
    assert not await tried(payer(**{off: 0}), 1, uuid.uuid4())
    assert load({}).budget_run == load({}).budget_owner == load({}).budget_day == 0


@pytest.mark.parametrize("which", ["run", "owner", "day"])
async def test_calls_at_once_stay_within_the_budget(payer, which: str) -> None:
    run = uuid.uuid4()
    owners = [payer(f"owner-{n if which == 'day' else 0}", **{which: 10}) for n in range(8)]
    done = await asyncio.gather(*(tried(who, 3 * CENT, run) for who in owners))
    assert sum(done) == 3
    assert await of_day(owners[0].house) == 9 * CENT


async def test_another_run_and_another_owner_have_their_own(payer) -> None:
    ann, bea = payer("ann", run=1), payer("bea", run=1)
    first = uuid.uuid4()
    assert await tried(ann, CENT, first)
    assert not await tried(ann, 1, first)
    assert await tried(ann, CENT, uuid.uuid4())
    assert await tried(bea, CENT, first)


async def test_what_a_call_cost_less_is_there_again(payer) -> None:
    ann = payer(owner=10, day=10)
    reserved = await ann(spending.reserve, "x", 10 * CENT, None)
    assert not await tried(ann, 1)
    await ann(spending.settle, reserved, 4 * CENT)
    await ann(spending.settle, reserved, 0)
    assert (await ann(spent), await of_day(ann.house)) == (4 * CENT, 4 * CENT)
    assert not await tried(ann, 6 * CENT + 1)
    assert await tried(ann, 6 * CENT)


async def test_a_call_costs_no_more_than_was_reserved(payer) -> None:
    ann = payer()
    reserved = await ann(spending.reserve, "x", CENT, None)
    await ann(spending.settle, reserved, 99 * CENT)
    assert await ann(spent) == CENT


async def test_a_purse_counts_in_records(payer) -> None:
    ann = payer(run=5)
    purse = spending.Purse(ann.house, ann.owner, "x", CENT, uuid.uuid4())
    reserved = await purse.reserve(5)
    with pytest.raises(BudgetExceeded):
        await purse.reserve(1)
    await purse.settle(reserved, 2)
    await purse.reserve(3)
    assert await ann(spent) == 5 * CENT


async def test_the_ledger_is_kept_for_its_time(payer) -> None:
    ann = payer()
    await ann(spending.reserve, "x", CENT, None)
    now = datetime.now(UTC)
    await provider_retention.tidy(ann.house, now + timedelta(days=199))
    assert (await ann(spent), await of_day(ann.house)) == (CENT, CENT)
    await provider_retention.tidy(ann.house, now + timedelta(days=402))
    assert (await ann(spent), await of_day(ann.house)) == (0, 0)
