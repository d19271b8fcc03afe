"""The roads by which an attacker asks, each through the service's own action: what comes back is what was answered.

A refusal for the budget teaches nothing, so a road then gives the empty set.
"""

import base64
from collections.abc import Awaitable, Callable, Sequence
from functools import cache

from voprf import ristretto

from contact_service.actions import budget, discover, matrix, private
from contact_service.actions.context import Context
from contact_service.actions.discover import Charged
from contact_service.actions.idempotency import Paid, charge_anyway
from contact_service.cli.bench.enumeration_world import AT_ONCE, World
from contact_service.model.discovery_problem import DiscoveryBudget
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId
from contact_service.vault import matrix_pepper, oprf

Road = Callable[[World, OwnerId, list[Identifier], int], Awaitable[set[Identifier]]]
"""(world, account, at most 1,000 identifiers, node) -> those that were answered."""


async def limiter(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """The limiter alone, all or nothing: what any road can give at best."""
    try:
        await world.act(owner, budget.spend, len(wanted), node=node)
    except DiscoveryBudget:
        return set()
    return set(wanted)


async def limiter_in_part(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """The limiter alone, as much as it gives."""
    return set(wanted[: await world.act(owner, budget.spend_some, len(wanted), node=node)])


async def lookup(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """Mode B1: the identifiers themselves, as `POST /v1/discovery/lookup` takes them."""
    found, _ = await looked_up(world, owner, wanted, node, ())
    return found


async def looked_up(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int, shown: Sequence[str]
) -> tuple[set[Identifier], str | None]:
    """Mode B1 with receipts: (what was answered, the receipt for what was charged)."""
    asked = discover.read(list(wanted))

    async def charge(ctx: Context) -> Charged:
        async def story(ctx: Context, paid: Paid) -> Charged:
            return await discover.charge(ctx, paid, asked, shown)

        return await charge_anyway(ctx, story)

    try:
        charged = await world.act(owner, charge, node=node)
    except DiscoveryBudget:
        return set(), None
    found = await world.look(owner, discover.find, asked, node=node)
    await world.act(owner, discover.weigh, charged, asked, found, node=node)
    return {Identifier(text) for text, _ in found}, charged.receipt


async def forging(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """Mode B1 with a receipt for one set shown for another: as it is, cut, and made up."""
    part = wanted[: len(wanted) // 2]
    learnt, receipt = await looked_up(world, owner, part, node, ())
    if receipt is not None:
        for shown in ([receipt] * len(wanted), [receipt[:-1]], ["A" * len(receipt)]):
            rest = [number for number in wanted if number not in learnt]
            found, _ = await looked_up(world, owner, rest, node, shown)
            learnt |= found
    return learnt


async def by_matrix(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """Mode B2: digests, as Matrix clients send them."""
    pepper = await world.look(owner, matrix.pepper, node=node)
    digests = matrix_pepper.digests(pepper, wanted)
    spelled = [base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in digests]
    asked = matrix.Asked(spelled, pepper)
    try:
        paid = await world.act(owner, matrix.pay, asked, node=node)
    except DiscoveryBudget:
        return set()
    assert paid is not None, "the pepper was asked for a moment ago"
    found = await world.look(owner, matrix.find, paid, node=node)
    await world.act(owner, matrix.weigh, paid, len(found), node=node)
    return {i for i, text in zip(wanted, spelled, strict=True) if text in found}


async def set_again(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """Mode B2 with a set that was paid for, then with one, and with half, of its members exchanged, and one more."""
    if len(wanted) < 2 * matrix.LEAST_SET:
        return await by_matrix(world, owner, wanted, node)
    half = len(wanted) // 2
    paid, others = wanted[:half], wanted[half:]
    learnt = await by_matrix(world, owner, paid, node)
    for asked in (paid[1:] + others[:1], paid[half // 2 :] + others[: half // 2], paid + others):
        learnt |= await by_matrix(world, owner, asked, node)
    return learnt & set(wanted)


async def blinded(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """Mode C under the newest key: evaluated by the service's own child process, then resolved."""
    _, served = await world.look(owner, private.params, node=node)
    return await blinded_under(max(each.epoch for each in served), world, owner, wanted, node)


async def blinded_under(
    epoch: int, world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """Mode C under that epoch's key. The attacker's own arithmetic is left out: it costs the service nothing."""
    elements = b"".join(_elements()[: len(wanted)])

    async def charge(ctx: Context) -> None:
        async def story(ctx: Context, paid: Paid) -> None:
            await private.charge(ctx, paid, epoch, len(wanted))

        await charge_anyway(ctx, story)

    house = world.nodes[node]
    seed = await world.look(owner, private.admit, epoch, node=node)
    async with house.evaluators.checked(seed, epoch, elements) as batch:
        try:
            await world.act(owner, charge, node=node)
        except DiscoveryBudget:
            return set()
        await batch.evaluate()
    digests = oprf.keys(house.keyring)[epoch].digests([number.encode() for number in wanted])
    found = await world.look(owner, private.resolve, epoch, digests, node=node)
    return {number for number, digest in zip(wanted, digests, strict=True) if digest in found}


@cache
def _elements() -> list[bytes]:
    """What a client could send: every one costs a unit, also one that was sent before."""
    made = (ristretto.Client.blind(b"%d" % n) for n in range(AT_ONCE))
    return [element.serialize() for _, element in made]
