"""The directory ends as the Header Store is, after any history of changes, lies and broken answers."""

import random

import pytest

from contact_emulators.knobs import Fault
from contact_service.actions import header_store
from contact_service.actions.header_store import Next
from contact_service.integrations.breaker import Breaker
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.storage.db import Db
from neighbouring import EVERYBODY, beside, filled, read_all, registered, tel, told

FAULTS = (
    Fault.TRUNCATED,
    Fault.CUT,
    Fault.AWAY,
    Fault.TOO_MANY,
    Fault.WRONG_SHAPE,
    Fault.REPLAYED_ITEM,
)


def changed(store, rnd: random.Random) -> None:
    """Some users come, change or go; old states are told again; tokens may be forgotten, an answer spoiled."""
    for _ in range(rnd.randrange(4)):
        here = sorted(store.truth())
        if here and rnd.random() < 0.3:
            store.remove(rnd.choice(here))
        else:
            n, name = rnd.randrange(60), {"displayName": str(rnd.random())}
            store.put(f"u{n}", tel(n), profile=name, discoverable=rnd.random() < 0.5)
    here = sorted(store.truth())[:3]
    store.outdated = [{**store.truth()[u], "version": 1, "identifiers": []} for u in here]
    if rnd.random() < 0.15:
        store.expire()
    if rnd.random() < 0.4:
        store.knobs.set(rnd.choice(FAULTS), "changes", nth=rnd.randrange(1, 4))
    store.page = rnd.choice([1, 3, 10])


async def test_the_directory_equals_the_store_after_any_history(
    fresh_db: Db, rnd: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(header_store, "FEW", 10**6)
    store = filled()
    with beside(store, fresh_db, "header_store_url", header_store_token="t") as house:
        neighbour = house.neighbours.header_store._neighbour
        for _ in range(40):
            changed(store, rnd)
            neighbour.breaker = Breaker()
            try:
                await read_all(house)
            except NeighbourAway:
                continue
        store.knobs.clear()
        neighbour.breaker = Breaker()
        assert await read_all(house) is Next.DONE
        assert await registered(house, EVERYBODY) == told(store.truth())
        await house.neighbours.aclose()
