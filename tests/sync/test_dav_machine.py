"""T4(c) of reliability.md: whatever three CardDAV devices do, and a JSON device beside them, all hold in the end what is
there, and each answer on the way is the one that the answers before it allow.
"""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from acting import make_house
from asking import build
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from endpoints.conftest import RATES
from sync.dav_world import BOOKS, World

DEVICES, NAMES = 3, 3
DEVICE, NAME, BOOK = st.integers(0, DEVICES - 1), st.integers(0, NAMES - 1), st.sampled_from(BOOKS)
Place = tuple[int, int, bool]
WHICH, LIMIT, LOST = st.integers(0, 63), st.integers(1, 7), st.integers(0, 4).map(lambda n: not n)
# A device, one of the cards it has, and whether it asked before what is new.
PLACE = st.tuples(DEVICE, WHICH, st.sampled_from([True, True, False]))

some = precondition(lambda self: self.world.there)


class Davs(RuleBasedStateMachine):
    """CardDAV devices. The steps run in `loop`, where the application lives; the machine in a thread beside it."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    app: ClassVar[Any]
    both: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.app, DEVICES)
        self.run(self.world.open())

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(60)

    @rule(book=BOOK, name=NAME)
    def create(self, book: str, name: int) -> None:
        self.run(self.world.create(self.world.href(book, name)))

    @rule(at=PLACE)
    @some
    def edit(self, at: Place) -> None:
        if known := self.known(at):
            self.run(self.world.edit(*known))

    @rule(at=PLACE)
    @some
    def delete(self, at: Place) -> None:
        if known := self.known(at):
            self.run(self.world.delete(*known))

    @rule(at=PLACE, book=BOOK, name=NAME, over=st.sampled_from([True, True, False]))
    @some
    def move(self, at: Place, book: str, name: int, over: bool) -> None:
        if known := self.known(at):
            self.run(self.world.move(*known, self.world.href(book, name), over=over))

    def known(self, at: Place) -> tuple[str, str] | None:
        """(href, tag) of one card that the device has."""
        device, which, synced = at
        if synced:
            self.sync(device)
        known = self.world.known(device)
        return known[which % len(known)] if known else None

    @rule(device=DEVICE, book=BOOK, limit=LIMIT, lost=LOST)
    def page(self, device: int, book: str, limit: int, lost: bool) -> None:
        self.run(self.world.page(device, book, limit, lost=lost))

    @rule(device=DEVICE)
    @some
    def sync(self, device: int) -> None:
        for book in BOOKS:
            while self.run(self.world.page(device, book, 7, lost=False)):
                pass

    @rule(device=DEVICE, how=st.sampled_from(["back_up", "set_back", "set_back", "forget"]))
    def crash(self, device: int, how: str) -> None:
        getattr(self.world, how)(device)

    def teardown(self) -> None:
        self.run(self.world.settle(both=self.both))


class BothFaces(Davs):
    """A JSON device beside them."""

    both = True

    @rule()
    def json_create(self) -> None:
        self.run(self.world.json_create())

    @rule(at=PLACE)
    @some
    def json_note(self, at: Place) -> None:
        if held := self.held(at):
            self.run(self.world.json_note(held))

    @rule(at=PLACE)
    @some
    def json_delete(self, at: Place) -> None:
        if held := self.held(at):
            self.run(self.world.json_delete(held))

    def held(self, at: Place) -> str | None:
        """The id of one contact that the JSON device has."""
        _, which, synced = at
        while synced and self.run(self.world.json_page(7, lost=False)):
            pass
        held = sorted(self.world.tablet.held)
        return held[which % len(held)] if held else None

    @rule(limit=LIMIT, lost=LOST)
    def json_page(self, limit: int, lost: bool) -> None:
        self.run(self.world.json_page(limit, lost=lost))


async def run(machine: type[Davs], db: Db, seed: int, examples: int) -> None:
    house = make_house(db, load(RATES))
    here = {"loop": asyncio.get_running_loop(), "app": build(house)}
    made = hypothesis.seed(seed)(type(machine.__name__, (machine,), here))
    hard = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, made, settings=hard)
    house.darkroom.close()


@pytest.mark.parametrize(("machine", "examples"), [(Davs, 100), (BothFaces, 60)])
async def test_what_all_devices_hold_in_the_end_is_what_is_there(
    machine: type[Davs], examples: int, db: Db, rnd: random.Random
) -> None:
    await run(machine, db, rnd.getrandbits(32), examples)


@pytest.mark.soak
@pytest.mark.parametrize("machine", [Davs, BothFaces])
async def test_ten_thousand_histories(machine: type[Davs], db: Db, rnd: random.Random) -> None:
    await run(machine, db, rnd.getrandbits(32), 10_000)
