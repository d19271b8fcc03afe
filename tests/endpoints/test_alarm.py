"""Moments to wake at: never before them, in their order, whoever else waits or has gone."""

import asyncio
import time

import pytest

from contact_service.endpoints import alarm


async def test_nobody_wakes_before_the_moment() -> None:
    moments = [time.monotonic() + after_s for after_s in (0.0102, 0.0001, 0.0051, 0.0052)]

    async def woken(moment: float) -> float:
        await alarm.wait(moment)
        return time.monotonic() - moment

    assert min(await asyncio.gather(*map(woken, moments))) >= 0


async def test_waiters_wake_in_the_order_of_their_moments() -> None:
    begun = time.monotonic()
    told: list[int] = []

    async def noted(place: int, after_s: float) -> None:
        await alarm.wait(begun + after_s)
        told.append(place)

    await asyncio.gather(*(noted(n, after_s) for n, after_s in enumerate((0.03, 0.01, 0.02, 0.0))))
    assert told == [3, 1, 2, 0]


async def test_a_moment_that_has_passed_is_now() -> None:
    async with asyncio.timeout(10):
        await alarm.wait(time.monotonic() - 5)
        await alarm.wait(0.0)


async def test_who_goes_away_keeps_nobody_waiting() -> None:
    moment = time.monotonic() + 0.01
    gone = asyncio.ensure_future(alarm.wait(moment))
    stays = asyncio.ensure_future(alarm.wait(moment + 0.01))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(10):
        await stays
    assert gone.cancelled()


def test_each_event_loop_has_its_own() -> None:
    async def wait() -> None:
        await alarm.wait(time.monotonic() + 0.001)

    for _ in range(3):
        asyncio.run(wait())


async def test_it_is_set_anew_for_an_earlier_moment() -> None:
    late = asyncio.ensure_future(alarm.wait(time.monotonic() + 60))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await alarm.wait(time.monotonic() + 0.001)
    assert not late.done()
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
