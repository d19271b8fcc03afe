"""Block and unblock: the change, its audit, and what the other side's row of it says."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from acting import Actor, make_house
from contact_service.actions import block, errands
from contact_service.actions.context import House
from contact_service.jobs import tasks
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import CannotBlockYourself
from contact_service.storage import audit, blocked_by, outbox
from contact_service.storage.db import Db
from contact_service.storage.outbox import Errand

BEA = UserId("bea")


async def test_a_repeated_block_keeps_its_first_date_and_is_audited_once(ann: Actor) -> None:
    async def twice(ctx: Any) -> None:
        await block.add(ctx, BEA)
        await block.add(replace(ctx, now=ctx.now + timedelta(days=1)), BEA)
        kept = await block.page(ctx, "", 10)
        assert [(b.user, b.since) for b in kept] == [(BEA, ctx.now)]
        assert await audit.kinds(ctx.tx) == ["block.added"]

    await ann(twice)


async def test_unblocking_nobody_leaves_no_trace(ann: Actor) -> None:
    await ann(block.remove, BEA)
    assert await ann.read(lambda ctx: audit.kinds(ctx.tx)) == []


async def test_nobody_blocks_themselves(ann: Actor) -> None:
    with pytest.raises(CannotBlockYourself):
        await ann(block.add, UserId(ann.owner))


async def test_a_page_starts_after_the_last(ann: Actor) -> None:
    for name in ("c", "a", "b"):
        await ann(block.add, UserId(name))
    page = await ann.read(block.page, "a", 1)
    assert [b.user for b in page] == ["b"]


@pytest.fixture
async def alone(fresh_db: Db) -> AsyncIterator[House]:
    """A House whose outbox is this test's own."""
    made = make_house(fresh_db)
    yield made
    made.darkroom.close()


async def left(house: House) -> list[Errand]:
    """The errands of blocks that wait, oldest first."""
    return await outbox.waiting(house.db, [errands.BLOCK], 100)


async def told(house: House, user: str) -> list[tuple[UserId, bool, int]]:
    return await house.db.reading(OwnerId(user), blocked_by.of)


async def test_the_one_who_is_blocked_has_a_row_of_it(alone: House) -> None:
    ann, cas = Actor(alone, OwnerId("ann")), Actor(alone, OwnerId("cas"))
    await ann(block.add, BEA)
    await ann(block.add, BEA)
    await cas(block.add, BEA)
    (first, second) = await left(alone)
    for errand in (first, second, first):
        await tasks.ERRANDS[errands.BLOCK](alone, errand)
    (by_ann, by_cas) = await told(alone, "bea")
    assert (by_ann[:2], by_cas[:2]) == ((UserId("ann"), True), (UserId("cas"), True))
    assert by_ann[2] > by_cas[2] > 0, "done again, it has the number of the last time"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_in_whatever_order_errands_go_the_row_says_what_stands(
    alone: House, order: tuple[int, ...]
) -> None:
    ann = Actor(alone, OwnerId("ann"))
    for change in (block.add, block.remove, block.add):
        await ann(change, BEA)
    waiting = await left(alone)
    for place in order:
        await block.carry(alone, waiting[place])
    assert [(user, blocked) for user, blocked, _ in await told(alone, "bea")] == [("ann", True)]
    await ann(block.remove, BEA)
    await block.carry(alone, (await left(alone))[-1])
    assert [blocked for _, blocked, _ in await told(alone, "bea")] == [False]


async def test_a_later_number_stands_against_an_earlier_one(alone: House) -> None:
    for blocked, seq in ((True, 7), (False, 9), (True, 8)):
        put = partial(blocked_by.put, blocker=UserId("ann"), blocked=blocked, seq=seq)
        await alone.db.writing(OwnerId("bea"), put)
    assert await told(alone, "bea") == [("ann", False, 9)]
