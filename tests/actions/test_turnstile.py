"""The turnstile: two at a time, nobody waits long, and a caller who is cut leaves no place taken."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from contact_service.actions.turnstile import AT_ONCE, Turnstile
from contact_service.model.problem import Overloaded


async def busy(turnstile: Turnstile, work: Callable[[], object]) -> list[asyncio.Task[object]]:
    """Takes all places for as long as `work` blocks."""
    tasks = [asyncio.ensure_future(turnstile._look(work)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    assert turnstile.looks == AT_ONCE
    return tasks


async def test_who_finds_no_place_is_told_to_come_back() -> None:
    turnstile, go = Turnstile(), threading.Event()
    tasks = await busy(turnstile, go.wait)
    try:
        with pytest.raises(Overloaded) as refused:
            await turnstile.verified(None, "pass")
        assert refused.value.retry_after_s in {1, 2, 3}
        assert turnstile.looks == AT_ONCE
    finally:
        go.set()
    assert await asyncio.gather(*tasks) == [True] * AT_ONCE
    assert await turnstile.verified(await turnstile.hashed("pass"), "pass")


async def test_a_cut_caller_gives_its_place_back_when_the_work_ends() -> None:
    turnstile, go = Turnstile(), threading.Event()
    tasks = await busy(turnstile, go.wait)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with pytest.raises(Overloaded):
        await turnstile.verified(None, "pass")
    go.set()
    assert not await turnstile.verified(None, "pass")


async def test_an_absent_hash_takes_one_look_like_any_other() -> None:
    turnstile = Turnstile()
    kept = await turnstile.hashed("pass")
    before = turnstile.looks
    assert not await turnstile.verified(None, "pass")
    assert not await turnstile.verified(kept, "past")
    assert turnstile.looks == before + 2
