"""R34: who is hidden takes no other time than who is not registered, on every way (`make soak ONLY=takes`).

Asked in rounds, each kind of hidden person once and nobody once, in an order that is drawn for each: 10,000 pairs of
a kind and nobody, CONTACT_TEST_PAIRS asks for less.
"""

import gc
import itertools
import os
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import pytest

import private_client
from acting import KEYRING, UNFENCED, make_house
from asking import Api, Reply, build, item, person
from contact_service.actions.context import House
from contact_service.cli.bench import stage
from contact_service.endpoints.app import App
from contact_service.model.ids import OwnerId
from contact_service.model.owner import State
from contact_service.settings.environment import load
from contact_service.storage import objections, owners
from contact_service.storage.db import Db
from contact_service.vault import blind, oprf
from contact_service.vault.blind import Person
from matrixing import V2, hashed
from privacy.ranks import holm, mann_whitney

pytestmark = [pytest.mark.soak, pytest.mark.timeout(6 * 3600)]

PAIRS = int(os.environ.get("CONTACT_TEST_PAIRS", "10000"))
WORLDS = 20
"""Where rows, dictionaries and caches lie gives each owner a time of its own: it must not pass for that of a kind."""
WARM = 10
SETTINGS = load(
    {f"CONTACT_LIMIT_{name}": "1000000/1000000" for name in stage.LIMITS}
    | UNFENCED
    | {
        f"CONTACT_DISCOVERY_{name}": "1000000000"
        for name in ("AT_ONCE", "EARNED", "MOST", "PER_DAY", "AFTER_PER_DAY")
    }
    | {
        "CONTACT_DISCOVERY_HITS_PERCENT": "0",
        "CONTACT_DISCOVERY_RUNS_PERCENT": "101",
        "CONTACT_DISCOVERY_ALARM_TIMES": "0",
        "CONTACT_MATRIX_SERVER_NAME": "example.org",
    }
)
"""Nothing is refused for having asked too often."""
_numbers = itertools.count()


class Case(NamedTuple):
    """ann holds the number of bea, who is hidden, two one that nobody has; all else is equal."""

    house: House
    app: App
    ann: str
    two: str
    bea: str
    hidden: str
    nobodys: str

    def api(self, owner: str) -> Api:
        """With a fresh token: it must outlive 10,000 pairs."""
        return Api(self.app, owner)


async def shares(audience: str, case: Case) -> None:
    told = await case.api(case.bea).put("/v1/privacy/sharing", {"phone": audience})
    assert told.status == 200


async def blocks(blocker: str, blocked: str, case: Case) -> None:
    told = await case.api(getattr(case, blocker)).put(f"/v1/blocks/{getattr(case, blocked)}")
    assert told.status == 204


async def objected(case: Case) -> None:
    tag = blind.tag(KEYRING.fixed("objection"), f"tel:{case.hidden}", Person.OBJECTION)
    await case.house.db.sharing(partial(objections.add, tag=tag, at=datetime.now(UTC)))


async def becomes(state: State, case: Case) -> None:
    await case.house.db.writing(OwnerId(case.bea), partial(owners.set_state, state=state))


async def suspended(case: Case) -> None:
    await case.api(case.ann).register(case.api(case.bea), f"tel:{case.hidden}", state="suspended")


async def myself(case: Case) -> None:
    await case.api(case.ann).register(case.api(case.ann), f"tel:{case.hidden}")


HIDDEN: dict[str, Callable[[Case], Awaitable[None]]] = {
    "nobody": partial(shares, "nobody"),
    "contacts": partial(shares, "contacts"),
    "blocked me": partial(blocks, "bea", "ann"),
    "blocked by me": partial(blocks, "ann", "bea"),
    "objected": objected,
    "restricted": partial(becomes, State.RESTRICTED),
    "erased": partial(becomes, State.ERASING),
    "suspended": suspended,
    "myself": myself,
}
Ask = Callable[[], Awaitable[Reply]]


async def lookup(case: Case, who: str, number: str) -> Ask:
    sent = {"identifiers": [f"tel:{number}"]}
    return partial(case.api(who).post, "/v1/discovery/lookup", sent)


async def matrix(case: Case, who: str, number: str) -> Ask:
    ann = case.api(who)
    pepper = (await ann.get(f"{V2}/hash_details")).json["lookup_pepper"]
    addresses = [hashed(number[1:], "msisdn", pepper)]
    sent = {"algorithm": "sha256", "pepper": pepper, "addresses": addresses}
    return partial(ann.post, f"{V2}/lookup", sent)


async def resolve(case: Case, who: str, number: str) -> Ask:
    ring = case.house.keyring
    digests = oprf.keys(ring)[ring.oprf_epoch].digests([f"tel:{number}".encode()])
    sent = {"epoch": ring.oprf_epoch, "digests": [private_client.text(d) for d in digests]}
    return partial(case.api(who).post, "/v1/discovery/resolve", sent)


async def matches(case: Case, who: str, _number: str) -> Ask:
    return partial(case.api(who).get, "/v1/matches")


async def upload(case: Case, who: str, number: str) -> Ask:
    """A number that comes into a book which holds none."""
    ann = case.api(who)
    for held in (await ann.get("/v1/contacts")).json["contacts"]:
        assert (await ann.delete(f"/v1/contacts/{held['id']}")).status == 204
    return partial(ann.upload, item("t", "Somebody", number))


async def clear(case: Case, who: str, way: "Way") -> Ask | None:
    """What must be done again before each time that counts."""
    if way is not upload:
        return None
    return partial(case.api(who).upload, item("t", "Somebody"))


Way = Callable[[Case, str, str], Awaitable[Ask]]
OF_NUMBERS: tuple[Way, ...] = (lookup, matrix, resolve)
"""One viewer asks for all the numbers."""
WAYS: tuple[Way, ...] = (*OF_NUMBERS, matches, upload)


@pytest.fixture
async def place(fresh_db: Db) -> AsyncIterator[tuple[House, App]]:
    house = make_house(fresh_db, SETTINGS)
    yield house, build(house)
    house.evaluators.close()
    house.darkroom.close()


async def made(house: House, app: App, viewer: str | None) -> Case:
    n = next(_numbers)
    case = Case(
        house,
        app,
        viewer or f"ann-{n:04d}",
        f"two-{n:04d}",
        f"bea-{n:04d}",
        f"+141556{n:05d}",
        f"+141557{n:05d}",
    )
    ann, two, bea = (case.api(name) for name in (case.ann, case.two, case.bea))
    for owner in (ann, two, bea):
        await owner.consents("store", "match")
    await ann.register(bea, f"tel:{case.hidden}")
    for owner, number in ((ann, case.hidden), (two, case.nobodys)):
        await owner.post("/v1/contacts", person("Bea", number))
    return case


async def timed(ask: Ask) -> int:
    start = time.perf_counter_ns()
    told = await ask()
    taken = time.perf_counter_ns() - start
    assert told.status == 200, told
    return taken


async def rounds(
    asks: list[Ask], before: list[Ask | None], rnd: random.Random, count: int
) -> list[list[float]]:
    """The times of each in nanoseconds: all are asked once a round, in an order that is drawn anew."""
    times: list[list[float]] = [[] for _ in asks]
    gc.collect()
    gc.freeze()
    for n in range(WARM + count):
        for place in rnd.sample(range(len(asks)), len(asks)):
            if (clearing := before[place]) is not None:
                await clearing()
            taken = await timed(asks[place])
            if n >= WARM:
                times[place].append(taken)
    gc.unfreeze()
    return times


async def settled(case: Case) -> None:
    """What changed in the directory is taken note of."""
    for owner in (case.ann, case.two):
        for _ in range(2):
            await case.api(owner).get("/v1/matches")


async def world(place: tuple[House, App], way: Way) -> tuple[list[Ask], list[Ask | None]]:
    """What is asked of each kind and at last of nobody, and what is done again before each time."""
    cases: list[Case] = []
    for hide in HIDDEN.values():
        viewer = cases[0].ann if cases and way in OF_NUMBERS else None
        cases.append(await made(*place, viewer))
        await hide(cases[-1])
    for case in cases:
        await settled(case)
    first = cases[0]
    who = first.ann if way in OF_NUMBERS else first.two
    asks = [await way(case, case.ann, case.hidden) for case in cases]
    before = [await clear(case, case.ann, way) for case in cases]
    return [*asks, await way(first, who, first.nobodys)], [*before, await clear(first, who, way)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_nobody_who_is_hidden_takes_another_time(
    place: tuple[House, App], rnd: random.Random, record_property: Any, way: Way
) -> None:
    taken: list[list[float]] = [[] for _ in range(len(HIDDEN) + 1)]
    for _ in range(WORLDS):
        asks, before = await world(place, way)
        told = await rounds(asks, before, rnd, -(-PAIRS // WORLDS))
        taken = [[*times, *more] for times, more in zip(taken, told, strict=True)]
    *hidden, nobodys = taken
    middle = statistics.median(nobodys)
    apart = {
        kind: statistics.median(times) / middle - 1
        for kind, times in zip(HIDDEN, hidden, strict=True)
    }
    # The ways share the error of the whole: each is corrected for its own kinds, and for how many ways there are.
    found = {
        kind: min(1.0, len(WAYS) * mann_whitney(times, nobodys))
        for kind, times in zip(HIDDEN, hidden, strict=True)
    }
    corrected = holm(found)
    record_property("pairs", PAIRS)
    figures = {kind: (round(apart[kind], 4), round(corrected[kind], 4)) for kind in HIDDEN}
    record_property(way.__name__, figures)
    assert {kind: far for kind, far in apart.items() if abs(far) >= 0.02} == {}, figures
    assert {kind: p for kind, p in corrected.items() if p <= 0.01} == {}, figures


async def test_who_is_found_takes_longer_and_that_is_seen(
    place: tuple[House, App], rnd: random.Random
) -> None:
    """The control: the statistic is not blind."""
    case = await made(*place, None)
    await case.api(case.bea).put("/v1/privacy/sharing", {"phone": "everyone", "name": "everyone"})
    await settled(case)
    asks = [
        await lookup(case, case.ann, case.hidden),
        await lookup(case, case.ann, case.nobodys),
    ]
    found, nobodys = await rounds(asks, [None, None], rnd, PAIRS)
    assert statistics.median(found) > statistics.median(nobodys)
    assert mann_whitney(found, nobodys) < 0.01
