"""X costs: what a read would cost is told before, and no more is spent than the budgets allow."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acting import Actor
from contact_emulators.x import X
from contact_service.actions import account_cost, accounts, running, runs
from contact_service.actions.context import Context
from contact_service.model.account import Account
from contact_service.model.account_problem import CostUnknown
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Kind, State
from contact_service.model.problem import NotFound
from contact_service.storage.db import Db
from providing import World, linked, world

RICH = {f"CONTACT_BUDGET_{name}": "100000" for name in ("RUN", "OWNER", "DAY")}


@pytest.fixture
async def there(fresh_db: Db, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with world(fresh_db, X, **{**RICH, **getattr(request, "param", {})}) as made:
        made.emulators["x"].fill(30, seed=1)
        yield made


@pytest.fixture
async def ann(there: World, owner: OwnerId) -> Actor:
    return await Actor(there.house, owner).consents(Purpose.STORE, Purpose.IMPORT_X)


async def spent(ctx: Context) -> int:
    sql = "SELECT coalesce(sum(micro_usd), 0) FROM provider_spend WHERE owner_id = $1"
    return int(await ctx.tx.value(sql, ctx.owner))


async def ended(ann: Actor, account: Account) -> State:
    run = await ann(runs.begin_account, account.id, Kind.X)
    await running.run(ann.house, ann.owner, "test", run.id)
    state: State = (await ann.read(runs.get, run.id)).state
    return state


async def test_what_is_read_is_what_was_told(ann: Actor) -> None:
    account = await linked(ann, "x")
    cost = await account_cost.of(ann.house, ann.owner, account.id)
    assert cost.records > 0
    assert (cost.micro_usd, cost.covered) == (cost.records * 10_000, True)
    asked = await ann.read(spent)
    assert asked == 10_000
    assert await ended(ann, account) is State.DONE
    # The owner once more, and everybody once.
    assert await ann.read(spent) - asked == 10_000 + cost.micro_usd


@pytest.mark.parametrize(
    "there", [{"CONTACT_BUDGET_DAY": "0"}, {"CONTACT_BUDGET_OWNER": "0"}], indirect=True, ids=str
)
async def test_where_paid_calls_are_off_none_is_made(ann: Actor, there: World) -> None:
    account = await linked(ann, "x")
    asked = there.emulators["x"].asked("users.me")
    with pytest.raises(CostUnknown) as refused:
        await account_cost.of(ann.house, ann.owner, account.id)
    assert refused.value.members["reason"] == "budget-exceeded"
    assert await ended(ann, account) is State.FAILED
    assert there.emulators["x"].asked("users.me") == asked
    assert await ann.read(spent) == 0


@pytest.mark.parametrize("there", [{"CONTACT_BUDGET_RUN": "20"}], indirect=True, ids=str)
async def test_a_run_ends_where_its_budget_does(ann: Actor, there: World) -> None:
    account = await linked(ann, "x")
    cost = await account_cost.of(ann.house, ann.owner, account.id)
    assert not cost.covered
    before = await ann.read(spent)
    assert await ended(ann, account) is State.FAILED
    assert await ann.read(spent) - before <= 20 * 10_000


async def test_two_who_ask_at_once_both_pay(ann: Actor) -> None:
    account = await linked(ann, "x")
    await asyncio.gather(*(account_cost.of(ann.house, ann.owner, account.id) for _ in range(2)))
    assert await ann.read(spent) == 20_000


async def test_of_another_owner_nothing_is_asked(ann: Actor) -> None:
    account = await linked(ann, "x")
    with pytest.raises(NotFound):
        await account_cost.of(ann.house, OwnerId(f"bea-{ann.owner}"), account.id)
    found = await ann.read(accounts.get, account.id)
    assert found is not None
    assert found.next_due is None
