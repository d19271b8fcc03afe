"""The fences behind the budget: the network of young accounts, what looks like a scan, the alarm."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acting import UNFENCED, Actor, make_house
from actions.test_budget import at
from contact_service.actions import budget, context, fences
from contact_service.model.discovery_problem import DiscoveryBudget
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db

DAY = timedelta(days=1)
FENCE = {"CONTACT_DISCOVERY_NETWORK_PER_DAY": "1000"}


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(hour=12)


@pytest.fixture
def net() -> str:
    return f"{random.getrandbits(40):x}::/48"


@pytest.fixture
def young(db: Db) -> Callable[[str], Actor]:
    house = make_house(db, load(FENCE))
    return lambda name: Actor(house, OwnerId(f"{name}-{random.getrandbits(60):x}"))


def within(network: str, now: datetime, story: Any) -> Any:
    return context.within(network, at(now, story))


async def test_young_accounts_of_a_network_share_a_day(young: Any, net: str, now: datetime) -> None:
    assert (await young("a")(within(net, now, budget.spend), 700)).left == 1_300
    bea = young("b")
    with pytest.raises(DiscoveryBudget) as refused:
        await bea(within(net, now, budget.spend), 301)
    assert refused.value.members["left"] == 300
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    assert timedelta(seconds=refused.value.members["retryAfter"] - 1) < midnight - now
    assert await bea(within(net, now, budget.spend_some), 800) == 300
    assert await young("c")(within(net, now, budget.spend_some), 800) == 0
    assert await bea(within("other", now, budget.spend_some), 200) == 200
    assert await bea(within(net, midnight, budget.spend_some), 800) == 800


async def test_a_job_spends_nothing_for_a_young_account_and_all_for_an_older_one(
    young: Any, now: datetime
) -> None:
    ann = young("a")
    assert await ann(within(context.CLOCK, now, budget.spend_some), 10) == 0
    week = now + 8 * DAY
    assert await ann(within(context.CLOCK, week, budget.spend_some), 10) == 10


async def test_who_is_older_and_the_operator_pass_it_and_zero_puts_up_none(
    young: Any, net: str, now: datetime, db: Db
) -> None:
    ann = young("a")
    await ann(within(net, now, budget.spend), 1_000)
    assert (await ann(at(now, budget.spend), 5)).left == 995
    async with db.write(ann.owner) as tx:
        sql = "UPDATE owners SET created_at = $2 WHERE owner_id = $1"
        await tx.run(sql, ann.owner, now - 7 * DAY + timedelta(seconds=1))
    assert await ann(within(net, now, budget.spend_some), 5) == 0
    assert await ann(within(net, now + timedelta(seconds=1), budget.spend_some), 5) == 5
    open_ = Actor(make_house(db, load(UNFENCED)), OwnerId(f"o-{net}"))
    assert await open_(within(net, now, budget.spend_some), 5) == 5


async def test_accounts_that_race_do_not_pass_together(young: Any, net: str, now: datetime) -> None:
    spent = await asyncio.gather(
        *(young(f"a{n}")(within(net, now, budget.spend_some), 150) for n in range(12))
    )
    assert sum(spent) == 1_000


async def test_addresses_are_kept_as_keyed_hashes_that_change_every_day(
    young: Any, net: str, now: datetime, db: Db
) -> None:
    ann = young("a")
    for day in (0, 1):
        await ann(within(net, now + day * DAY, budget.spend), 7 + day)
    async with db.read(ann.owner) as tx:
        kept = await tx.rows("SELECT network, units FROM budget_networks WHERE units IN (7, 8)")
    assert len({row["network"] for row in kept}) == len(kept) >= 2
    assert all(len(row["network"]) == 16 and net.encode() not in row["network"] for row in kept)


def numbers(n: int, step: int) -> list[Identifier]:
    first = random.randrange(10**9) + 10**10
    return [Identifier(f"tel:+{first + i * step}") for i in range(n)]


@pytest.mark.parametrize(
    ("asked", "hits", "refill"),
    [
        (numbers(500, 1), 0, 500),
        (numbers(501, 1), 400, 250),
        (numbers(501, 10), 400, 250),
        (numbers(501, 1_000), 11, 500),
        (numbers(501, 1_000), 10, 250),
    ],
)
async def test_what_looks_like_a_scan_halves_the_refill(
    ann: Actor, asked: list[Identifier], hits: int, refill: int, now: datetime
) -> None:
    await ann(at(now, budget.spend), 1_000)
    await ann(at(now, budget.judge), asked[:250], hits)
    assert (await ann.read(at(now, budget.left))).refill_per_day == 500
    await ann(at(now, budget.judge), asked[250:], 0)
    told = await ann.read(at(now, budget.left))
    assert (told.left, told.refill_per_day) == (1_000, refill)
    told = await ann.read(at(now + 8 * DAY, budget.left))
    assert (told.left, told.refill_per_day) == (1_000 + 7 * refill + 500, 500)


async def test_few_hits_say_nothing_while_few_are_registered(db: Db, now: datetime) -> None:
    house = make_house(db, load({"CONTACT_DISCOVERY_HITS_FROM": "1000000000"}))
    ann = Actor(house, OwnerId(f"ann-{random.getrandbits(60):x}"))
    await ann(at(now, budget.spend), 1_000)
    await ann(at(now, budget.judge), numbers(501, 1_000), 0)
    assert (await ann.read(at(now, budget.left))).refill_per_day == 500
    await ann(at(now, budget.judge), numbers(501, 1), 400)
    assert (await ann.read(at(now, budget.left))).refill_per_day == 250


async def test_the_directorys_number_is_read_until_it_was_seen_to_be_large(
    db: Db, now: datetime
) -> None:
    house = make_house(db, load({"CONTACT_DISCOVERY_HITS_FROM": "1000000000"}))
    ann = Actor(house, OwnerId(f"ann-{random.getrandbits(60):x}"))
    await ann(at(now, budget.spend), 1_000)
    house.pulse.seen(10**9 - 1)
    await ann(at(now, budget.judge), numbers(501, 1_000), 0)
    assert house.pulse.clock < 10**9 - 1
    house.pulse.seen(10**9)
    await ann(at(now, budget.judge), numbers(501, 1_000), 0)
    assert house.pulse.clock == 10**9
    assert (await ann.read(at(now, budget.left))).refill_per_day == 250


async def test_nothing_is_weighed_before_a_charge(ann: Actor, now: datetime) -> None:
    await ann(at(now, budget.judge), numbers(600, 1), 0)
    assert (await ann.read(at(now, budget.left))).refill_per_day == 500


async def test_a_slow_account_does_not_get_rid_of_it_by_a_move(
    ann: Actor, bea: Actor, actor: Any, now: datetime
) -> None:
    me = [Identifier(f"mailto:{ann.owner}@example.org")]
    await ann(at(now, budget.spend), 1_000)
    await ann(at(now, budget.judge), numbers(600, 1), 0)
    await actor("app")(at(now, budget.leave), ann.owner, me, last=False)
    await actor("app")(at(now, budget.join), bea.owner, me)
    assert (await bea.read(at(now, budget.left))).refill_per_day == 250


async def test_the_alarm_is_raised_at_three_times_the_median_once_a_day(fresh_db: Db) -> None:
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    house = make_house(fresh_db)
    other = make_house(fresh_db)
    assert not await fences.told(house, now)
    for day, units in enumerate((100, 100, 900, 100, 100, 100, 1), start=13):
        house.tally.add(units=units, hits=1)
        assert not await fences.told(house, now.replace(day=day))
    for units, alarm in ((150, False), (149, False), (1, True), (500, False)):
        house.tally.add(units=units)
        assert await fences.told(house, now) is alarm
    other.tally.add(units=1)
    assert await fences.told(other, now)
    assert not await fences.told(other, now)
    async with fresh_db.read(OwnerId("x")) as tx:
        assert await tx.value("SELECT sum(units) FROM budget_days WHERE day = '2026-03-20'") == 801


async def test_charges_and_hits_are_tallied(ann: Actor, now: datetime) -> None:
    await ann(at(now, budget.spend), 30)
    await ann(at(now, budget.spend_some), 5)
    await ann(at(now, budget.judge), numbers(3, 1_000), 2)
    assert ann.house.tally.take() == (35, 2)
    assert ann.house.tally.take() == (0, 0)
