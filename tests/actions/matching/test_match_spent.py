"""New cards while others wait and nothing is left: the short way comes to what the whole way comes to."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from acting import person
from booking import Clock, Owner, numbers
from contact_service.actions import cards, holdings, match_spent, match_writes
from contact_service.actions.context import Context

QUEUE = "SELECT card_id FROM match_queue WHERE owner_id = $1 ORDER BY place, card_id"


@pytest.fixture
def shortened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Owners named bea go the whole way; who went the short one."""
    applies, went = match_spent.applies, []

    async def judged(ctx: Context, *rest: Any) -> bool:
        if ctx.owner.startswith("bea"):
            return False
        found = await applies(ctx, *rest)
        if found:
            went.append(str(ctx.owner))
        return found

    monkeypatch.setattr(match_spent, "applies", judged)
    return went


async def _stands(owner: Owner) -> tuple[Any, ...]:
    async def story(ctx: Context) -> tuple[Any, ...]:
        book = await holdings.read(ctx, None)
        rows = await ctx.tx.rows(QUEUE, ctx.owner)
        return [book.of(row["card_id"]) for row in rows], await match_writes.waiting(ctx)

    queue, waiting = await owner.read(story)
    return queue, await owner.shown(), await owner.left(), waiting


def _cards(rnd: random.Random, pool: list[str]) -> list[bytes]:
    made = []
    for n in range(rnd.randint(1, 12)):
        held = rnd.sample(pool, rnd.choice((0, 1, 1, 1, 2, 3)))
        more = {"keywords": {"Favorite": True}} if rnd.random() < 0.2 else {}
        made.append(person(f"P{n}", *held, **more))
    return made


async def test_the_short_way_is_the_whole_way(
    named: Callable[[str], Owner], clock: Clock, rnd: random.Random, shortened: list[str]
) -> None:
    ann, bea = await named("ann").matching(), await named("bea").matching()
    pool = numbers(60)
    for n, number in enumerate(pool[::3]):
        await ann.register(f"{ann.owner}.{n}", f"tel:{number}")
    full = [person(f"P{n}", number) for n, number in enumerate(pool[:25])]
    await ann.upload(*full)
    await bea.upload(*full)
    made: list[tuple[Any, Any]] = []
    compared = 4
    for step in range(30):
        if rnd.random() < 0.1:
            clock.forward(hours=rnd.randint(1, 3))
            assert await ann.get() == await bea.get()
        if made and rnd.random() < 0.2:
            # A number that was paid by the card that goes waits from now on: that is counted with the next charge.
            compared = 3
            await _each(ann, bea, cards.delete, *made.pop(rnd.randrange(len(made))))
        elif rnd.random() < 0.3:
            raw = _cards(rnd, pool)[0]
            one, other = await _each(ann, bea, cards.create, raw, raw)
            made.append((one.id, other.id))
        else:
            raws = _cards(rnd, pool)
            await ann.upload(*raws, device=f"d{step}", view="partial")
            await bea.upload(*raws, device=f"d{step}", view="partial")
        assert (await _stands(ann))[:compared] == (await _stands(bea))[:compared]
    assert shortened, "the short way was not gone"


async def _each(ann: Owner, bea: Owner, story: Any, one: Any, other: Any) -> tuple[Any, Any]:
    return await ann(story, one), await bea(story, other)
