"""R19 on a virtual clock: no account learns more identifiers than the allowance, by any road, mixture or trick.

The attackers are the benchmark's own; here they have a month, or what shows the same in less. What they are answered is
counted, and it is exactly what they may learn: with less, they would not have tried everything.
"""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from acting import make_house
from asking import Api, build, fresh, number
from contact_service.cli.bench import enumeration, enumeration_honest, enumeration_plans
from contact_service.cli.bench import enumeration_books as books
from contact_service.cli.bench import enumeration_roads as roads
from contact_service.cli.bench import enumeration_schemes as schemes
from contact_service.cli.bench.enumeration_attacks import MONTH, Attack, through
from contact_service.cli.bench.enumeration_honest import Promise
from contact_service.cli.bench.enumeration_plans import PLANS, Plan
from contact_service.cli.bench.enumeration_world import TOLD, Numbers, World
from contact_service.settings.environment import load
from contact_service.storage.db import Db

WEEK = (0.0, 1.0, 4.0, 7.0)
AT_ONCE, A_WEEK, A_MONTH = 2_000, 5_500, 10_700
BY_NAME = {plan.name: plan for plan in PLANS}


@pytest.fixture
async def world(fresh_dsn: str) -> AsyncIterator[World]:
    """Two nodes, each with pools of its own, on a database of this test's own."""
    houses = [make_house(await Db.open(fresh_dsn), load(TOLD)) for _ in range(2)]
    yield World(houses)
    for house in houses:
        house.evaluators.close()
        await house.db.close()


async def learnt(world: World, plan: Plan, days: tuple[float, ...]) -> list[int]:
    """How much the plan had taught by the end of each of the days."""
    step, found = await plan.begin(world, "scanner", plan.trust)
    world.begin()
    counted = []
    for day in days:
        world.day(day)
        await step()
        counted.append(len(found))
    return counted


async def test_the_limiter_gives_the_table_and_not_one_more(world):
    for trust, name in (("verified", "each day"), ("attested", "attested")):
        plan = BY_NAME[f"the limiter alone, {name}"]
        step, found = await plan.begin(world, trust, plan.trust)
        assert (
            await through(world, enumeration_plans.YEAR, step, found) == enumeration.LIMITS[trust]
        )


async def test_all_modes_in_turn_by_two_nodes_at_once_draw_on_one_allowance(world):
    await world.register(Numbers().take(A_WEEK + 700))
    raced = await learnt(world, BY_NAME["all modes, two nodes at once"], WEEK)
    assert raced[0] <= AT_ONCE
    assert raced[1] <= AT_ONCE + 500
    assert AT_ONCE + 500 < raced[-1] <= A_WEEK


@pytest.mark.parametrize(
    ("road", "share"),
    [
        (books.uploaded, 1.0),
        (roads.lookup, 1.0),
        (roads.by_matrix, 1.0),
        (roads.blinded, 1.0),
        (roads.forging, 1.0),
        (roads.set_again, 0.4),
        (books.without_consent, 1.0),
        (books.from_trash, 0.4),
    ],
)
async def test_no_road_gives_more_than_what_is_left(world, road, share):
    await world.register(Numbers().take(3_200))
    plan = Plan("", WEEK, partial(enumeration_plans._alone, asked=[road]))
    first, second = await learnt(world, plan, (0.0, 1.0))
    assert AT_ONCE * share <= first <= AT_ONCE
    assert (AT_ONCE + 500) * share <= second <= AT_ONCE + 500


async def test_other_regions_are_other_people_and_cost_as_much(world):
    await enumeration_plans.prepared_alike(world, 3_000)
    plan = BY_NAME["A, other regions"]
    first, second = await learnt(world, plan, (0.0, 1.0))
    assert AT_ONCE // 2 <= first <= AT_ONCE
    assert first < second <= AT_ONCE + 500


async def test_a_number_that_is_registered_anew_goes_on_where_it_was(world):
    counted = await learnt(world, BY_NAME["delete and register"], MONTH)
    assert (counted[0], counted[1], counted[-1]) == (AT_ONCE, AT_ONCE + 500, A_MONTH)


@pytest.mark.parametrize("scheme", [schemes.TakenOver, schemes.HandedOn])
async def test_an_account_whose_number_went_away_has_nothing_left(world, scheme):
    plan = Plan("", WEEK, partial(enumeration_plans._scheme, kind=scheme))
    counted = await learnt(world, plan, WEEK)
    assert counted[0] <= AT_ONCE
    assert counted[1] <= AT_ONCE + 500


async def test_forgetting_gains_nothing(world):
    plan = BY_NAME["forgotten, and back"]
    step, found = await plan.begin(world, "scanner", plan.trust)
    days = (*(float(d) for d in range(20)), 218.0, 219.0, 230.0, 236.0, 365.0)
    assert (await through(world, days, step, found))[365] <= enumeration.LIMITS["verified"][365]


async def test_a_new_voprf_key_gives_back_what_was_evaluated_once(world):
    await world.register(Numbers().take(200))
    attack = Attack(world, await world.account("scanner"), [roads.blinded], Numbers())
    world.begin()
    for _ in range(2):
        await attack._ask(50)
    before = await world.left(attack.owner)
    await world.rotate(enumeration_plans.Kind.OPRF)
    for expected in (before + 100 - 50, before + 100 - 100):
        await attack._ask(50)
        assert await world.left(attack.owner) == expected


@pytest.mark.parametrize(
    "promise",
    [
        Promise(500, "verified", 0),
        Promise(2_000, "verified", 0),
        Promise(2_600, "verified", 2),
        Promise(5_000, "attested", 0),
    ],
)
async def test_an_honest_book_is_done_on_the_day_promised(world, promise):
    await world.register(Numbers().take(promise.size // 10))
    assert await enumeration_honest.done_on(world, "honest", promise) == promise.days


async def test_the_same_book_again_costs_nothing(world):
    costs = await enumeration_honest.again(world, "honest", 1_000)
    assert costs == dict.fromkeys(costs, 0)
    assert len(costs) == 3


async def test_a_key_used_again_with_another_body_asks_for_nothing(world):
    app = build(world.nodes[0])
    ann, bea = Api(app, fresh("ann")), Api(app, fresh("bea"))
    await ann.consents("store", "match")
    found, more = number(), number()
    await ann.register(bea, f"tel:{found}", f"tel:{more}")

    async def look_up(phone: str) -> tuple[int, int]:
        told = await ann.post(
            "/v1/discovery/lookup", {"identifiers": [f"tel:{phone}"]}, idempotency_key="k1"
        )
        return told.status, len(told.json.get("matches", ()))

    left = [(await ann.get("/v1/discovery/budget")).json["left"]]
    asked = [await look_up(phone) for phone in (found, more, found)]
    left.append((await ann.get("/v1/discovery/budget")).json["left"])
    assert asked == [(200, 1), (422, 0), (200, 1)]
    assert left[0] - left[1] == 1
