"""How much a scanner learns: attackers of the discovery allowance on a virtual clock, for a year, by every road.

Their clock alone is made up. The charges are the service's own, in write transactions on PostgreSQL, the answers come
through the gate, and what is counted is what was answered.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from contact_service.cli.bench import enumeration_honest as honest
from contact_service.cli.bench import enumeration_plans as plans
from contact_service.cli.bench import enumeration_world as worlds
from contact_service.cli.bench import rows
from contact_service.cli.bench.enumeration_attacks import Yield
from contact_service.cli.bench.enumeration_plans import Plan
from contact_service.cli.bench.rows import Aim, Row
from contact_service.settings.environment import Settings
from contact_service.wiring.database import Database

LIMITS = {
    "verified": {1: 2_500, 30: 10_700, 365: 27_450},
    "attested": {1: 5_500, 30: 11_000, 365: 27_750},
}
"""What an account may learn up to the end of a day, at most."""
OTHERS = {
    "Signal CDSI": {1: 50_144, 30: 54_320, 365: 102_560},
    "NDSS'21 incremental": {1: 21_999, 30: 79_999, 365: 749_999},
}
"""signalapp/ContactDiscoveryService-Icelake, application.yml @682576c; contact discovery of Hagen et al., NDSS'21."""
SCANNED = 500_000_000
"""Numbers; in how many accounts they can be scanned in 30 days."""
CREDIT = 10_000
"""What a new VOPRF key may give on top, once."""


class Found(msgspec.Struct, frozen=True):
    """All of a run. `done_on`: on which day each book was matched; `again`: units that a paid book cost once more."""

    yields: list[Yield]
    new_key: Yield
    done_on: list[tuple[honest.Promise, int]]
    again: dict[str, int]


def measure(tell: Callable[[str], None], chosen: Sequence[Plan] = plans.PLANS) -> list[Row]:
    """The rows of enumeration. `tell` is given the table, line by line."""
    with worlds.scratch() as (settings, where):
        found = asyncio.run(_found(settings, where, tell, chosen))
    for line in table(found):
        tell(line)
    return rows_of(found)


async def _found(
    settings: Settings, where: Database, tell: Callable[[str], None], chosen: Sequence[Plan]
) -> Found:
    async with worlds.opened(settings, where) as world:
        await plans.prepared(world)
        tell("  everybody is registered")
        done_on = []
        for number, promise in enumerate(honest.PROMISED):
            done_on.append((promise, await honest.done_on(world, f"honest-{number}", promise)))
        again = await honest.again(world, "honest-again", 1_000)
        tell("  the honest are done")
        yields = []
        for number, plan in enumerate(chosen):
            yields.append(await plans.carried_out(world, plan, number))
            tell(f"  {plan.name}: {yields[-1].by_day}")
        return Found(yields, await plans.changing_keys(world, "attacker-keys"), done_on, again)


def table(found: Found) -> list[str]:
    """What was learnt, beside other services."""
    lines = [f"{'identifiers learnt by one account':36}{'day 1':>10}{'30 d':>10}{'365 d':>10}"]
    lines += [_line(f"{each.name}", each.by_day) for each in found.yields]
    lines += [_line(f"at most, {trust}", limits) for trust, limits in LIMITS.items()]
    lines += [_line(name, figures) for name, figures in OTHERS.items()]
    lines.append(f"{'Sydent (no budget)':36}{'no limit':>10}{'no limit':>10}{'no limit':>10}")
    extra = over(found.new_key)
    lines.append(f"a new VOPRF key gave {extra:,} on top, once; at most {CREDIT:,}")
    accounts = [f"{name} {-(-SCANNED // month):,}" for name, month in _months().items()]
    lines.append(f"accounts to scan {SCANNED:,} numbers in 30 days: {', '.join(accounts)}")
    return lines


def over(each: Yield) -> int:
    """By how many identifiers an attack went beyond what is allowed; 0 for none."""
    allowed = LIMITS[each.trust]
    return max([0, *(learnt - allowed[day] for day, learnt in each.by_day.items())])


def _months() -> dict[str, int]:
    ours = {trust: limits[30] for trust, limits in LIMITS.items()}
    return ours | {name: figures[30] for name, figures in OTHERS.items()}


def _line(name: str, by_day: dict[int, int]) -> str:
    cells = (f"{by_day[day]:,}" if day in by_day else "" for day in (1, 30, 365))
    return f"{name:36}" + "".join(f"{cell:>10}" for cell in cells)


def rows_of(found: Found) -> list[Row]:
    """What was counted, each held to what it may be at most."""
    return [
        *(_yielded(found, trust, day) for trust, limits in LIMITS.items() for day in limits),
        _only(
            _aim("new-key", "what a new VOPRF key gives on top, once", "identifiers", CREDIT),
            over(found.new_key),
            {},
        ),
        *(_promised(promise, day) for promise, day in found.done_on),
        _only(
            _aim("again", "a book that was paid for, sent again", "identifiers charged", 0),
            max(found.again.values()),
            {name: float(cost) for name, cost in found.again.items()},
        ),
    ]


def _yielded(found: Found, trust: str, day: int) -> Row:
    by_name = {e.name: e.by_day[day] for e in found.yields if e.trust == trust and day in e.by_day}
    title = f"learnt by an attacker's account, {trust}, {day} d, the most of {len(by_name)} attacks"
    beside = {name: float(learnt) for name, learnt in by_name.items()}
    beside |= {name: float(figures[day]) for name, figures in OTHERS.items()}
    aim = _aim(f"{trust}-{day}", title, "identifiers", LIMITS[trust][day])
    return _only(aim, max(by_name.values(), default=0), beside)


def _promised(promise: honest.Promise, day: int) -> Row:
    name = f"book-{promise.size}-{promise.trust}"
    title = f"a book of {promise.size:,} is matched, {promise.trust}"
    return _only(_aim(name, title, "days", promise.days), day, {})


def _aim(name: str, title: str, unit: str, most: int) -> Aim:
    return Aim(f"enumeration-{name}", title, unit, most, most, more=False, has_ratio=False)


def _only(aim: Aim, figure: int, beside: dict[str, float]) -> Row:
    """A row of something that is counted, not timed: it is the same in each run."""
    return rows.alone(aim, [(float(figure), False)], beside)
