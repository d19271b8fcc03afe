"""Block and unblock: the change and its audit."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from acting import Actor
from contact_service.actions import block
from contact_service.model.ids import UserId
from contact_service.model.problem import CannotBlockYourself
from contact_service.storage import audit

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
