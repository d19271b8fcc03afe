"""Answers that tell of stored pairs and digests go out behind the veil; others do not wait."""

import pytest

import private_client as client
from asking import Api
from contact_service.endpoints import veil


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    found: list[None] = []

    async def note() -> None:
        found.append(None)

    monkeypatch.setattr(veil, "drawn", note)
    return found


async def test_matches_and_resolve_wait_once_and_a_look_up_does_not(
    ann: Api, drawn: list[None]
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
    assert len(drawn) == 2
    await ann.post("/v1/discovery/lookup", {"identifiers": ["tel:+14155550100"]})
    assert len(drawn) == 2


async def test_the_veil_is_another_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(veil.asyncio, "sleep", note)
    for _ in range(400):
        await veil.drawn()
    assert len(set(waits)) > 390
    assert 0 <= min(waits) < veil.MOST_S / 10
    assert veil.MOST_S * 0.9 < max(waits) < veil.MOST_S
