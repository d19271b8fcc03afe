"""The attacks that are carried out: who asks, by which roads, for how long."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from contact_service.cli.bench import enumeration_books as books
from contact_service.cli.bench import enumeration_roads as roads
from contact_service.cli.bench import enumeration_schemes as schemes
from contact_service.cli.bench.enumeration_attacks import MONTH, YEAR, Attack, Yield, through
from contact_service.cli.bench.enumeration_roads import Road
from contact_service.cli.bench.enumeration_world import Numbers, Supply, World
from contact_service.model.epoch import Kind
from contact_service.model.identifier import Identifier

MOST = 29_000
"""More numbers than any account may learn in a year: so many are registered of each kind."""
EVERY_DAY = tuple(float(day) for day in range(366))
SOME_DAYS = (0.0, 1.0, 5.0, 10.0, 16.0, 30.0)
SYBILS = 100
ALL: tuple[Road, ...] = (books.uploaded, roads.lookup, roads.by_matrix, roads.blinded)

Step = Callable[[], Awaitable[None]]
Begun = tuple[Step, set[Identifier]]
"""What is done on each day, and what was learnt by it so far."""


class Plan(msgspec.Struct, frozen=True):
    """An attack. `begin` makes its accounts; `accounts` that ask, each of which is held to the figures by itself."""

    name: str
    days: tuple[float, ...]
    begin: Callable[[World, str, str], Awaitable[Begun]]
    trust: str = "verified"
    accounts: int = 1


async def _alone(
    world: World,
    name: str,
    trust: str,
    asked: Sequence[Road],
    numbers: Callable[[], Supply] = Numbers,
) -> Begun:
    attack = Attack(world, await world.account(name, trust), asked, numbers())
    return attack.step, attack.learnt


async def _racing(world: World, name: str, trust: str, asked: Sequence[Road]) -> Begun:
    attack = Attack(world, await world.account(name, trust), asked, Numbers())
    return attack.race, attack.learnt


async def _scheme(world: World, name: str, trust: str, kind: type[schemes.Scheme]) -> Begun:
    scheme = kind(world, name, [roads.limiter], Numbers(), f"mailto:{name}@example.org")
    return scheme.step, scheme.learnt


async def _many(world: World, name: str, trust: str) -> Begun:
    many = schemes.Sybils(world, name, trust, [roads.limiter], SYBILS)
    await many.open()
    return many.step, many.most


PLANS = (
    Plan("the limiter alone, each day", EVERY_DAY, partial(_alone, asked=[roads.limiter])),
    Plan("the limiter alone, attested", YEAR, partial(_alone, asked=[roads.limiter]), "attested"),
    Plan("A, uploads", YEAR, partial(_alone, asked=[books.uploaded])),
    Plan("B1, look-ups at random", YEAR, partial(_alone, asked=[roads.lookup])),
    Plan(
        "B1, number after number",
        YEAR,
        partial(_alone, asked=[roads.lookup], numbers=partial(Numbers, area=212, in_turn=True)),
    ),
    Plan("B1, forged receipts", SOME_DAYS, partial(_alone, asked=[roads.forging])),
    Plan("B2, Matrix", YEAR, partial(_alone, asked=[roads.by_matrix])),
    Plan("B2, sets with others", SOME_DAYS, partial(_alone, asked=[roads.set_again])),
    Plan("C, private", YEAR, partial(_alone, asked=[roads.blinded])),
    Plan("all modes in turn", YEAR, partial(_alone, asked=ALL)),
    Plan("all modes, attested", YEAR, partial(_alone, asked=ALL), "attested"),
    Plan("all modes, two nodes at once", YEAR, partial(_racing, asked=ALL)),
    Plan(
        "A, consent withdrawn and given", SOME_DAYS, partial(_alone, asked=[books.without_consent])
    ),
    Plan("A, through the trash", SOME_DAYS, partial(_alone, asked=[books.from_trash])),
    Plan(
        "A, other regions",
        SOME_DAYS,
        partial(_alone, asked=[books.elsewhere], numbers=books.Nationals),
    ),
    Plan("delete and register", MONTH, partial(_scheme, kind=schemes.Reborn)),
    Plan("number taken over", MONTH[:8], partial(_scheme, kind=schemes.TakenOver)),
    Plan("number handed on", SOME_DAYS, partial(_scheme, kind=schemes.HandedOn)),
    Plan("forgotten, and back", EVERY_DAY, partial(_scheme, kind=schemes.Patient)),
    Plan("100 Sybils", SOME_DAYS, _many, accounts=SYBILS),
)


async def prepared(world: World, most: int = MOST) -> None:
    """Register everybody whom the attacks may ask for."""
    await world.register(Numbers().take(most))
    await world.register(Numbers(212, in_turn=True).take(most))
    await prepared_alike(world, most // 2)


async def prepared_alike(world: World, most: int) -> None:
    """Register pairs of numbers that are dialled alike; the two of a pair are not the same user's."""
    alike = books.Nationals().take(most)
    for parity in (0, 1):
        await world.register(alike[parity::2])


async def carried_out(world: World, plan: Plan, number: int) -> Yield:
    """What an account learns by the plan; with many accounts: what the luckiest one does."""
    step, learnt = await plan.begin(world, f"attacker-{number}", plan.trust)
    by_day = await through(world, plan.days, step, learnt)
    return Yield(plan.name, plan.trust, plan.accounts, by_day)


async def changing_keys(world: World, name: str) -> Yield:
    """Mode C, with a new VOPRF key on the 20th day: what was paid under the old one is given back once."""
    attack = Attack(world, await world.account(name), [roads.blinded], Numbers())
    world.begin()
    for day in MONTH:
        world.day(day)
        if day == 20:
            await world.rotate(Kind.OPRF)
        await attack.step()
    return Yield("C, a new key on the 20th day", "verified", 1, {30: len(attack.learnt)})
