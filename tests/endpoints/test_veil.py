"""Answers that tell of stored pairs and digests leave at whole periods after they were asked for; others do not wait."""

import asyncio
import time

import pytest

import private_client as client
from asking import Api
from contact_service.endpoints import alarm, veil


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it was rested behind the veil, in seconds, each time."""
    found: list[float] = []
    wait = alarm.wait

    async def noted(moment: float) -> None:
        found.append(moment - time.monotonic())
        await wait(moment)

    monkeypatch.setattr(alarm, "wait", noted)
    return found


async def test_matches_and_resolve_wait_once_and_a_look_up_does_not(
    ann: Api, rests: list[float]
) -> None:
    await ann.consents("match")
    (epoch,) = (await client.params(ann))["epochs"]
    told = [
        await ann.get("/v1/matches"),
        await ann.post(
            "/v1/discovery/resolve", {"epoch": epoch["epoch"], "digests": [client.text(bytes(16))]}
        ),
    ]
    assert [one.status for one in told] == [200, 200]
    assert len(rests) == 2
    await ann.post("/v1/discovery/lookup", {"identifiers": ["tel:+14155550100"]})
    assert len(rests) == 2


async def test_an_upload_takes_whole_periods_of_its_own(ann: Api, rests: list[float]) -> None:
    await ann.consents("store", "match")
    asked_at = time.monotonic()
    told = await ann.post(
        "/v1/contacts:upload",
        {"source": {"kind": "ios", "deviceId": "d"}, "view": "full", "contacts": []},
    )
    took = time.monotonic() - asked_at
    assert told.status == 200, told
    assert len(rests) == 1
    assert took >= veil.UPLOAD_S


async def test_refusals_wait_too(ann: Api, rests: list[float]) -> None:
    assert (await ann.get("/v1/matches")).status == 403
    assert len(rests) == 1


@pytest.mark.parametrize("period_s", [veil.PERIOD_S, veil.UPLOAD_S])
@pytest.mark.parametrize("work_s", [0.0, 0.004, 0.013])
async def test_what_the_work_took_does_not_show(
    rests: list[float], work_s: float, period_s: float
) -> None:
    """Work and rest are whole periods together."""
    spent: list[float] = []

    @veil.every(period_s)
    async def handler(asked: float) -> float:
        start = time.monotonic()
        await asyncio.sleep(work_s)
        spent.append(time.monotonic() - start)
        return asked

    asked_at = time.monotonic()
    assert await handler(7.0) == 7.0
    took = time.monotonic() - asked_at
    (rest,), (work,) = rests, spent
    assert 0 <= rest <= period_s
    periods = -(-work // period_s)
    assert took >= max(1, periods) * period_s
