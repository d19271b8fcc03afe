"""Whatever devices do, however the network and the program fail: after quiet syncs every book is the service's list,
no contact is there twice, and no edit that was not refused is lost.
"""

import os
import random
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import make_house
from asking import Api, build, fresh
from client.conftest import RATES
from client.devices import Crash, Crashing, Device, on_server, person
from client.faulty import Net, seeded
from contact_client import Unreachable, problems
from contact_service.settings.environment import load
from contact_service.storage.db import Db

DEVICES = 3
DEVICE, WHICH = st.integers(0, DEVICES - 1), st.integers(0, 4)
STEPS = st.one_of(
    st.tuples(st.just("create"), DEVICE, WHICH),
    st.tuples(st.just("note"), DEVICE, WHICH),
    st.tuples(st.just("name"), DEVICE, WHICH),
    st.tuples(st.just("delete"), DEVICE, WHICH),
    st.tuples(st.just("crash"), DEVICE, st.integers(1, 4)),
    st.tuples(st.just("sync"), DEVICE, WHICH),
    st.tuples(st.just("sync"), DEVICE, WHICH),
)


class World:
    """Devices of one owner. `notes` are those that must stand on their contact, by uid, as long as it does."""

    def __init__(self, api: Api, app: Any, seed: int) -> None:
        self.api, self.app = api, app
        self.rnd = random.Random(seed)
        self.devices = [self.device(Crashing()) for _ in range(DEVICES)]
        self.unsent: list[dict[str, set[str]]] = [{} for _ in range(DEVICES)]
        self.notes: dict[str, set[str]] = {}
        self.names = {""}
        self.numbers = count()
        self.refused: list[Any] = []

    def device(self, store: Crashing) -> Device:
        return Device(self.api, Net(self.app, seeded(self.rnd, 0.25)), store, page=2)

    async def step(self, act: str, at: int, which: int) -> None:
        device = self.devices[at]
        try:
            await self.act(act, at, which)
        except Unreachable:
            pass
        except Crash:
            store = device.book.store
            assert isinstance(store, Crashing)
            store.at = 0
            self.refused += device.refusals
            self.devices[at] = self.device(store)

    async def act(self, act: str, at: int, which: int) -> None:
        device = self.devices[at]
        if act == "sync":
            await device.sync()
            self.unsent[at].clear()
        elif act == "crash":
            device.book.store.at = which  # type: ignore[attr-defined]  # they are all Crashing
        elif act == "create":
            name, uid = self.named(), f"urn:x:{next(self.numbers)}"
            await device.book.create(person(name, uid=uid))
            self.notes[uid] = set()
        elif shown := await device.shown():
            contact = sorted(shown)[which % len(shown)]
            await self.edit(act, at, contact, shown[contact]["uid"])

    async def edit(self, act: str, at: int, contact: str, uid: str) -> None:
        book = self.devices[at].book
        if act == "delete":
            await book.delete(contact)
            # What this device has not sent yet goes with it, also when another one's edit brings it back.
            self.notes[uid] -= self.unsent[at].pop(uid, set())
        elif act == "name":
            await book.patch(contact, {"name/full": self.named()})
        else:
            key = f"k{next(self.numbers)}"
            notes = (await book.get(contact)).card.get("notes", {})
            await book.patch(contact, {"notes": {**notes, key: {"note": key}}})
            self.notes[uid].add(key)
            self.unsent[at].setdefault(uid, set()).add(key)

    def named(self) -> str:
        name = f"n{next(self.numbers)}"
        self.names.add(name)
        return name

    async def settle(self) -> None:
        for device in self.devices:
            device.net.plan = lambda: None
            device.book.store.at = 0  # type: ignore[attr-defined]  # as above
        for _ in range(3):
            for device in self.devices:
                await device.sync()

    async def judge(self) -> None:
        truth = await on_server(self.api)
        for device in self.devices:
            assert await device.shown() == truth
            drafts = await device.book.store.drafts()
            assert drafts == [], [(d, await device.book.store.held(d.contact)) for d in drafts]
            self.refused += device.refusals
        uids = [card["uid"] for card in truth.values()]
        assert len(uids) == len(set(uids))
        assert set(uids) <= set(self.notes)
        for card in truth.values():
            assert set(card.get("notes", {})) >= self.notes[card["uid"]]
            assert card["name"]["full"] in self.names
        for refusal in self.refused:
            assert isinstance(refusal.problem, problems.EditedSince), refusal


async def live(db: Db, seed: int, steps: list[tuple[str, int, int]]) -> None:
    app = build(make_house(db, load(RATES)))
    world = World(Api(app, fresh("ann")), app, seed)
    for act, at, which in steps:
        await world.step(act, at, which)
    await world.settle()
    await world.judge()


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32), st.lists(STEPS, max_size=30))
async def test_all_books_become_the_services_list_and_nothing_is_lost(
    db: Db, seed: int, steps: list[tuple[str, int, int]]
) -> None:
    await live(db, seed, steps)


@pytest.mark.soak
async def test_long_histories_converge_too(db: Db, rnd: random.Random) -> None:
    acts = ["create", "note", "note", "name", "delete", "crash", "sync", "sync"]
    for _ in range(int(os.environ.get("CONTACT_TEST_HISTORIES") or 200)):
        steps = [(rnd.choice(acts), rnd.randrange(DEVICES), rnd.randint(1, 4)) for _ in range(150)]
        await live(db, rnd.getrandbits(32), steps)
