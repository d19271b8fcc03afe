"""R34: who is hidden takes no other time than who is not registered, on every way (`make soak ONLY=takes`).

Asked in pairs, in turn, in an order that is drawn for each; CONTACT_TEST_PAIRS asks for less than 10,000.
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
WARM = 50
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


async def lookup(case: Case, _who: str, number: str) -> Ask:
    sent = {"identifiers": [f"tel:{number}"]}
    return partial(case.api(case.ann).post, "/v1/discovery/lookup", sent)


async def matrix(case: Case, _who: str, number: str) -> Ask:
    ann = case.api(case.ann)
    pepper = (await ann.get(f"{V2}/hash_details")).json["lookup_pepper"]
    addresses = [hashed(number[1:], "msisdn", pepper)]
    sent = {"algorithm": "sha256", "pepper": pepper, "addresses": addresses}
    return partial(ann.post, f"{V2}/lookup", sent)


async def resolve(case: Case, _who: str, number: str) -> Ask:
    ring = case.house.keyring
    digests = oprf.keys(ring)[ring.oprf_epoch].digests([f"tel:{number}".encode()])
    sent = {"epoch": ring.oprf_epoch, "digests": [private_client.text(d) for d in digests]}
    return partial(case.api(case.ann).post, "/v1/discovery/resolve", sent)


async def matches(case: Case, who: str, _number: str) -> Ask:
    return partial(case.api(who).get, "/v1/matches")


async def upload(case: Case, _who: str, number: str) -> Ask:
    """A number that comes into a book which holds none."""
    ann = case.api(case.ann)
    for held in (await ann.get("/v1/contacts")).json["contacts"]:
        assert (await ann.delete(f"/v1/contacts/{held['id']}")).status == 204
    return partial(ann.upload, item("t", "Somebody", number))


async def clear(case: Case, way: "Way") -> Ask | None:
    """What must be done again before each time that counts."""
    if way is not upload:
        return None
    return partial(case.api(case.ann).upload, item("t", "Somebody"))


Way = Callable[[Case, str, str], Awaitable[Ask]]
WAYS: tuple[Way, ...] = (lookup, matrix, resolve, matches, upload)
"""The last one empties the book that the others look at."""


@pytest.fixture
async def place(fresh_db: Db) -> AsyncIterator[tuple[House, App]]:
    house = make_house(fresh_db, SETTINGS)
    yield house, build(house)
    house.evaluators.close()
    house.darkroom.close()


async def made(house: House, app: App) -> Case:
    n = next(_numbers)
    case = Case(
        house,
        app,
        f"ann-{n:02d}",
        f"two-{n:02d}",
        f"bea-{n:02d}",
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


async def pairs(case: Case, way: Way, rnd: random.Random) -> tuple[list[float], list[float]]:
    """The times, in nanoseconds, of those who are hidden and of those who are not registered."""
    asks = (
        await way(case, case.ann, case.hidden),
        await way(case, case.two, case.nobodys),
    )
    before = await clear(case, way)
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.freeze()
    for n in range(WARM + PAIRS):
        for place in rnd.sample((0, 1), 2):
            if before is not None:
                await before()
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


async def test_nobody_who_is_hidden_takes_another_time(
    place: tuple[House, App], rnd: random.Random, record_property: Any
) -> None:
    found: dict[str, float] = {}
    apart: dict[str, float] = {}
    for kind, hide in HIDDEN.items():
        case = await made(*place)
        await hide(case)
        await settled(case)
        for way in WAYS:
            name = f"{way.__name__}: {kind}"
            hidden, nobodys = await pairs(case, way, rnd)
            found[name] = mann_whitney(hidden, nobodys)
            apart[name] = statistics.median(hidden) / statistics.median(nobodys) - 1
    corrected = holm(found)
    record_property("pairs", PAIRS)
    record_property("least p after Holm", min(corrected.items(), key=lambda each: each[1]))
    record_property("most apart", max(apart.items(), key=lambda each: abs(each[1])))
    record_property("all", {name: (round(apart[name], 4), corrected[name]) for name in found})
    assert {name: far for name, far in apart.items() if abs(far) >= 0.02} == {}
    assert {name: p for name, p in corrected.items() if p <= 0.01} == {}


async def test_who_is_found_takes_longer_and_that_is_seen(
    place: tuple[House, App], rnd: random.Random
) -> None:
    """The control: the statistic is not blind."""
    case = await made(*place)
    await case.api(case.bea).put("/v1/privacy/sharing", {"phone": "everyone", "name": "everyone"})
    await settled(case)
    hidden, nobodys = await pairs(case, lookup, rnd)
    assert statistics.median(hidden) > statistics.median(nobodys)
    assert mann_whitney(hidden, nobodys) < 0.01
