"""Honest people under the same allowance: on which day their book is matched, and what a sync and a new phone cost."""

import msgspec

from contact_service.actions import match, match_writes
from contact_service.cli.bench import enumeration_books as books
from contact_service.cli.bench import enumeration_roads as roads
from contact_service.cli.bench.enumeration_world import AT_ONCE, Numbers, World

_LONGEST = 40
"""Days after which nobody waits any longer for a book of 10,000."""


class Promise(msgspec.Struct, frozen=True):
    """By which day a book of that many numbers is matched."""

    size: int
    trust: str
    days: int


PROMISED = (
    Promise(500, "verified", 0),
    Promise(2_000, "verified", 0),
    Promise(5_000, "attested", 0),
    Promise(5_000, "verified", 6),
    Promise(7_500, "attested", 5),
    Promise(7_500, "verified", 11),
    Promise(10_000, "attested", 16),
    Promise(10_000, "verified", 26),
)


async def done_on(world: World, name: str, promise: Promise) -> int:
    """The day on which nothing of the book waits: it is uploaded once, and looked at every day."""
    owner = await world.account(name, promise.trust)
    held = {number: number.removeprefix("tel:") for number in Numbers().take(promise.size)}
    world.begin()
    await books.send(world, owner, held)
    for day in range(promise.days // 2, _LONGEST):  # what it earned by then is there then
        world.day(day)
        await world.act(owner, match.refresh)
        if not await world.act(owner, match_writes.waiting):
            return day
    return _LONGEST


async def again(world: World, name: str, size: int) -> dict[str, int]:
    """What is charged for a book that was paid for: the same from the same phone, from another, by Matrix."""
    owner = await world.account(name)
    numbers = Numbers().take(size)
    held = {number: number.removeprefix("tel:") for number in numbers}
    world.begin()
    await books.send(world, owner, held)
    await roads.by_matrix(world, owner, numbers[: AT_ONCE // 2], 0)
    before = await world.left(owner)
    found: dict[str, int] = {}
    await books.send(world, owner, held)
    found["a sync"] = before - await world.left(owner)
    await books.send(world, owner, held, device="another")
    found["a new phone"] = before - await world.left(owner) - sum(found.values())
    await roads.by_matrix(world, owner, numbers[: AT_ONCE // 2], 1)
    found["the same Matrix set"] = before - await world.left(owner) - sum(found.values())
    return found
