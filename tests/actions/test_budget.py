"""The one budget at work: charged once, by whoever is first, never given back."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acting import UNFENCED, Actor, make_house
from contact_service.actions import budget
from contact_service.actions.context import Context
from contact_service.model.budget import Class
from contact_service.model.discovery_problem import DiscoveryBudget
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.sharing import Sharing
from contact_service.settings.environment import load
from contact_service.storage import registrations
from contact_service.storage.db import Db, Tx
from contact_service.storage.registrations import Registered

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SMALL = UNFENCED | {
    "CONTACT_DISCOVERY_AT_ONCE": "100",
    "CONTACT_DISCOVERY_AT_ONCE_ATTESTED": "250",
}


def at(now: datetime, story: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The story as told at that moment."""

    async def told(ctx: Context, *args: Any, **kwargs: Any) -> Any:
        return await story(replace(ctx, now=now), *args, **kwargs)

    return told


def phone(n: int) -> Identifier:
    return Identifier(f"tel:+1415555{n:04}")


async def attest(who: Actor, trust: str = "attested") -> None:
    row = Registered(UserId(who.owner), b"", 1, Sharing(), "active", trust)

    async def story(tx: Tx) -> None:
        await registrations.put_users(tx, [row], 1)

    await who.house.db.sharing(story)


async def rows(who: Actor) -> list[Any]:
    async with who.house.db.read(who.owner) as tx:
        return await tx.rows("SELECT * FROM budgets WHERE owner_id = $1", who.owner)


async def test_all_or_nothing_and_a_refusal_says_when(ann: Actor) -> None:
    left = await ann(at(NOW, budget.spend), 1_999)
    assert (left.left, left.refill_per_day, left.class_) == (1, 500, Class.VERIFIED)
    with pytest.raises(DiscoveryBudget) as refused:
        await ann(at(NOW, budget.spend), 2)
    assert refused.value.members == {"left": 1, "needed": 2, "retryAfter": 173}
    assert (await ann.read(at(NOW, budget.left))).left == 1
    assert (await ann(at(NOW + timedelta(seconds=172), budget.left))).left == 1
    assert (await ann(at(NOW + timedelta(seconds=173), budget.spend), 2)).left == 0


async def test_a_refused_first_charge_leaves_no_trace_and_starts_no_clock(ann: Actor) -> None:
    with pytest.raises(DiscoveryBudget) as refused:
        await ann(at(NOW, budget.spend), 10_001)
    # More than can ever lie unspent: until all that can is there, at 500 a day.
    assert refused.value.members == {"left": 2_000, "needed": 10_001, "retryAfter": 16 * 86_400}
    assert await rows(ann) == []
    await ann(at(NOW + 100 * DAY, budget.spend), 1)
    assert (await ann(at(NOW + 101 * DAY, budget.left))).left == 2_499


async def test_no_units_change_nothing(ann: Actor) -> None:
    assert (await ann(budget.spend, 0)).left == 2_000
    assert await ann(budget.spend_some, 0) == 0
    assert await rows(ann) == []


async def test_what_is_not_covered_waits(ann: Actor) -> None:
    spent = [await ann(at(NOW + n * DAY, budget.spend_some), 5_000) for n in (0, 0, 1, 6)]
    assert spent == [2_000, 0, 500, 2_500]


async def test_what_is_told_is_when_one_more_will_be_there(ann: Actor) -> None:
    told = await ann.read(at(NOW, budget.left))
    assert (told.left, told.refill_per_day, told.next_at) == (2_000, 500, None)
    told = await ann(at(NOW + timedelta(milliseconds=1), budget.spend), 1_000)
    assert told.next_at == NOW + timedelta(seconds=174)
    assert (await ann(at(told.next_at, budget.left))).left == 1_001
    told = await ann(at(NOW + 365 * DAY, budget.left))
    assert (told.left, told.refill_per_day, told.next_at) == (10_000, 50, None)


async def test_a_better_class_adds_the_difference_once(ann: Actor) -> None:
    assert await ann(at(NOW, budget.spend_some), 9_999) == 2_000
    await attest(ann)
    assert (await ann.read(at(NOW, budget.left))).class_ is Class.ATTESTED
    assert await ann(at(NOW, budget.spend_some), 9_999) == 3_000
    for trust in ("verified", "attested"):
        await attest(ann, trust)
        assert await ann(at(NOW, budget.spend_some), 9_999) == 0
    assert await ann(at(NOW + DAY, budget.spend_some), 9_999) == 500


@pytest.fixture
async def nodes(dsn: str) -> AsyncIterator[list[Db]]:
    opened = [await Db.open(dsn) for _ in range(2)]
    yield opened
    for node in opened:
        await node.close()


async def test_two_nodes_that_race_never_spend_more_than_there_is(
    nodes: list[Db], owner: OwnerId
) -> None:
    actors = [Actor(make_house(node, load(SMALL)), owner) for node in nodes]

    async def one(n: int) -> int:
        if n % 3 == 0:
            return int(await actors[n % 2](at(NOW, budget.spend_some), 7))
        try:
            await actors[n % 2](at(NOW, budget.spend), 7)
        except DiscoveryBudget:
            return 0
        return 7

    spent = await asyncio.gather(*(one(n) for n in range(40)))
    assert sum(spent) <= 100
    assert sum(spent) + (await actors[0].read(at(NOW, budget.left))).left == 100
    assert sum(spent) >= 94


@pytest.mark.parametrize("before", [0, 10])
async def test_an_identifier_that_moves_races_a_charge_of_its_new_account(
    nodes: list[Db], before: int
) -> None:
    """The state that is carried comes in before or after that charge (the first one too), never is it lost."""
    houses = [make_house(node, load(SMALL)) for node in nodes]
    for n in range(15):
        old, new = (OwnerId(f"o-{uuid.uuid4().hex}") for _ in range(2))
        me = [Identifier(f"mailto:{old}@example.org")]
        ann, bea = Actor(houses[0], old), Actor(houses[1], new)
        app = Actor(houses[0], OwnerId(f"app-{old}"))
        await ann(at(NOW, budget.spend), 100)
        await bea(at(NOW, budget.spend), before)
        await app(at(NOW, budget.leave), UserId(old), me, last=False)

        async def charged(bea: Actor = bea) -> int:
            return int(await bea(at(NOW, budget.spend_some), 60))

        first, _ = await asyncio.gather(charged(), app(at(NOW, budget.join), UserId(new), me))
        assert first in {0, 60}
        assert await bea(at(NOW, budget.spend_some), 100) == 0, n


@pytest.fixture
def app(house: Any) -> Actor:
    return Actor(house, OwnerId(f"app-{uuid.uuid4().hex[:12]}"))


def mail() -> list[Identifier]:
    return [Identifier(f"mailto:{uuid.uuid4().hex}@example.org") for _ in range(2)]


async def moved(app: Actor, who: Actor, to: Actor, those: list[Identifier], when: datetime) -> None:
    async def story(ctx: Context) -> None:
        await budget.leave(ctx, UserId(who.owner), those, last=False)
        await budget.join(ctx, UserId(to.owner), those)

    await app(at(when, story))


async def test_delete_and_register_goes_on_where_it_was(
    app: Actor, actor: Callable[[str], Actor]
) -> None:
    """Thirty accounts one after the other with one number: together no more than one account."""
    me, total, who = mail(), 0, actor("a")
    for day in range(31):
        total += await who(at(NOW + day * DAY, budget.spend_some), 99_999)
        following = actor(f"a{day}")
        await moved(app, who, following, me[:1], NOW + day * DAY)
        who = following
    assert total == 10_700


async def test_what_was_left_goes_on_refilling_but_no_higher_than_a_new_account(
    app: Actor, ann: Actor, bea: Actor, actor: Callable[[str], Actor]
) -> None:
    me = mail()
    await ann(at(NOW, budget.spend), 2_000)
    await app(at(NOW, budget.leave), UserId(ann.owner), me, last=False)
    await app(at(NOW + 2 * DAY, budget.join), UserId(bea.owner), me[:1])
    assert await bea(at(NOW + 2 * DAY, budget.spend_some), 9_999) == 1_000
    cas = actor("cas")
    await app(at(NOW + 90 * DAY, budget.join), UserId(cas.owner), me[1:])
    told = await cas(at(NOW + 90 * DAY, budget.left))
    # 10,000 would lie there by now; the threshold of 10,000 earned is behind it.
    assert (told.left, told.refill_per_day) == (2_000, 50)


async def test_an_account_with_a_past_takes_the_lower_of_each_and_its_class_counts(
    app: Actor, ann: Actor, bea: Actor
) -> None:
    me = mail()
    await ann(at(NOW, budget.spend), 1_500)
    await attest(bea)
    await bea(at(NOW, budget.spend), 100)
    await moved(app, ann, bea, me, NOW)
    # As if ann had become attested: 3,500 of 5,000.
    assert await bea(at(NOW, budget.spend_some), 9_999) == 3_500


async def test_a_move_of_who_never_asked_carries_nothing(
    app: Actor, ann: Actor, bea: Actor
) -> None:
    await moved(app, ann, bea, mail(), NOW)
    assert await rows(ann) == await rows(bea) == []
    assert (await bea(at(NOW, budget.spend), 1)).left == 1_999


async def test_only_keyed_tags_of_identifiers_are_kept(app: Actor, ann: Actor) -> None:
    me = mail()
    await ann(at(NOW, budget.spend), 1)
    await app(at(NOW, budget.leave), UserId(ann.owner), me, last=False)
    tags = budget._tags(await ann(_itself), me)
    async with ann.house.db.read(ann.owner) as tx:
        kept = await tx.rows("SELECT * FROM budget_carry WHERE tag = ANY($1)", tags)
    assert len(kept) == 2
    assert me[0] not in str(kept)
    assert ann.owner not in str(kept)


async def _itself(ctx: Context) -> Context:
    return ctx


async def test_what_evaluations_cost_comes_back_once_an_epoch_and_never_over_the_cap(
    ann: Actor,
) -> None:
    async def evaluate(ctx: Context, units: int) -> None:
        await budget.spend(ctx, units)
        await budget.evaluated(ctx, 1, units)

    for units in (600, 900):
        await ann(at(NOW, evaluate), units)
    assert await ann(at(NOW, budget.recredit), 2) == 0
    assert await ann(at(NOW, budget.recredit), 1) == 1_500
    assert await ann(at(NOW, budget.recredit), 1) == 0
    assert (await ann(at(NOW, budget.left))).left == 2_000
    await ann(at(NOW, evaluate), 1)
    assert await ann(at(NOW, budget.recredit), 1) == 0
    # Credits are not earned: the refill goes on as it would have.
    assert (await ann(at(NOW + DAY, budget.left))).left == 2_499
    async with ann.house.db.write(ann.owner) as tx:
        await tx.run(
            "UPDATE budget_evaluated SET units = 99999, epoch = 9 WHERE owner_id = $1", ann.owner
        )
        await tx.run("UPDATE budget_evaluated SET credited = false WHERE owner_id = $1", ann.owner)
    assert await ann(at(NOW + DAY, budget.recredit), 9) == 10_000
    assert (await ann(at(NOW + DAY, budget.left))).left == 10_000


async def test_with_the_last_identifier_the_budget_is_gone_until_there_is_one_again(
    app: Actor, ann: Actor, db: Db
) -> None:
    me = mail()
    await ann(at(NOW, budget.spend), 100)
    await app(at(NOW + DAY, budget.leave), UserId(ann.owner), me, last=True)
    for later in (DAY, 300 * DAY):
        told = await ann(at(NOW + later, budget.left))
        assert (told.left, told.refill_per_day, told.next_at) == (0, 0, None)
        assert await ann(at(NOW + later, budget.spend_some), 5) == 0
        with pytest.raises(DiscoveryBudget):
            await ann(at(NOW + later, budget.spend), 1)
    await attest(ann)
    assert await ann(at(NOW + 2 * DAY, budget.spend_some), 5_000) == 0
    async with db.write(ann.owner) as tx:
        sql = "INSERT INTO directory_holders (tag, user_id) VALUES ($1, $2)"
        await tx.run(sql, uuid.uuid4().bytes, ann.owner)
    assert (await ann(at(NOW + 3 * DAY, budget.left))).refill_per_day == 500
    await ann(at(NOW + 3 * DAY, budget.spend_some), 0)
    assert await ann(at(NOW + 3 * DAY, budget.spend_some), 5_000) == 3_000


async def test_an_account_that_never_asked_has_nothing_either_without_its_last(
    app: Actor, ann: Actor
) -> None:
    await app(at(NOW, budget.leave), UserId(ann.owner), mail(), last=True)
    assert await ann(at(NOW + DAY, budget.spend_some), 5) == 0
