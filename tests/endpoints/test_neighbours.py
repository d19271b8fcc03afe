"""Beside neighbours that are slow, away or lying: contacts, sync and discovery go on, and what is missing is said."""

import asyncio
import dataclasses
import io
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from acting import make_house
from asking import ISSUER, Api, build, fresh, item, number, person
from contact_emulators.emulator import Emulator
from contact_emulators.header_store import HeaderStore
from contact_emulators.knobs import Fault
from contact_emulators.people_matcher import PeopleMatcher
from contact_service.actions import header_store, people_matcher
from contact_service.actions.context import House
from contact_service.actions.header_store import Next
from contact_service.integrations import header_store as port
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.integrations.neighbours import Neighbours
from contact_service.integrations.people_matcher import Candidate
from contact_service.jobs import header_store as job
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from contact_service.telemetry import logs
from contact_service.wiring import gauges
from emulating import serving_one
from endpoints.conftest import RATES

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"
SENTINEL = "sentinel-4f1c9"


def house_of(db: Db, **settings: str) -> House:
    house = make_house(db, load({**RATES, "CONTACT_REMATCH_INTERVAL_S": "0", **settings}))
    return dataclasses.replace(house, neighbours=Neighbours(house.settings.neighbours))


async def _all_goes_on(house: House) -> None:
    """A day in the life of two owners."""
    ann, bea = Api(build(house), fresh("ann")), Api(build(house), fresh("bea"))
    tel = number()
    await bea.register(bea, f"tel:{tel}")
    for purpose in ("store", "match"):
        for each in (ann, bea):
            told = await each.put(
                f"/v1/privacy/consents/{purpose}", {"policyVersion": "1", "source": "api"}
            )
            assert told.status == 200
    made = await ann.post("/v1/contacts", person("Bea", tel))
    assert made.status == 201
    path = f"/v1/contacts/{made.json['id']}"
    assert (
        await ann.patch(path, {"notes": {"n": {"note": "x"}}}, if_match=made.headers["etag"])
    ).status == 200
    upload = {
        "source": {"kind": "ios", "deviceId": "d"},
        "view": "full",
        "contacts": [item("1", "Bea", tel)],
    }
    assert [
        m["userId"] for m in (await ann.post("/v1/contacts:upload", upload)).json["matches"]
    ] == [bea.owner]
    assert len((await ann.get("/v1/changes")).json["changed"]) == 2
    looked = await ann.post("/v1/discovery/lookup", {"identifiers": [f"tel:{tel}"]})
    assert [m["userId"] for m in looked.json["matches"]] == [bea.owner]
    assert {m["userId"] for m in (await ann.get("/v1/matches")).json["matches"]} == {bea.owner}
    assert (await ann.get("/v1/search?q=bea")).status == 200
    assert (await ann("DELETE", path)).status == 204
    judged = await ann.post("/v1/validations", {"identifier": f"tel:{tel}"})
    assert judged.json["phone"]["source"] == "offline"


async def turn(house: House, log: Any, payload: bytes) -> None:
    """A job of the clock; there are no more pages than it reads, so it needs no queue."""
    queue: Any = None
    await job.turn(house, queue, log, payload, lambda: False)


FAULTS: dict[str, Callable[[Emulator], object]] = {
    "fine": lambda _: None,
    "away": lambda it: it.knobs.set(Fault.AWAY, times=0),
    "throttled": lambda it: it.knobs.set(Fault.TOO_MANY, times=0),
    "refused": lambda it: it.knobs.set(Fault.UNAUTHORISED, times=0),
    "lying": lambda it: it.knobs.set(Fault.WRONG_SHAPE, times=0),
    "truncated": lambda it: it.knobs.set(Fault.TRUNCATED, times=0),
    "cut": lambda it: it.knobs.set(Fault.CUT, times=0),
    "slow": lambda it: it.knobs.set(Fault.SLOW_BODY, times=0, value="30"),
}


async def _ready(anybody: Api) -> Any:
    """What /readyz tells; each of its checks has 100 ms, which a busy machine may need."""
    for _ in range(20):
        ready = (await anybody.get("/readyz")).json
        if ready["ready"]:
            return ready
    raise AssertionError(ready)


@pytest.mark.parametrize("state", FAULTS)
async def test_all_goes_on_beside_a_header_store(state: str, fresh_db: Db, monkeypatch) -> None:
    if state == "slow":
        monkeypatch.setattr(port, "TOTAL_S", 0.3)
    store = HeaderStore(CONTRACTS)
    store.put(SENTINEL, f"mailto:{SENTINEL}@example.org.uk", profile={"displayName": SENTINEL})
    FAULTS[state](store)
    with serving_one(store) as url:
        house = house_of(fresh_db, CONTACT_HEADER_STORE_URL=url, CONTACT_HEADER_STORE_TOKEN="demo")
        reading = asyncio.ensure_future(turn(house, logs.make("error"), b""))
        try:
            await _all_goes_on(house)
        finally:
            await reading
            await house.neighbours.aclose()
    gauges.watch(house)
    anybody = Api(build(house), "x")
    ready = await _ready(anybody)
    assert ready.get("notes", []) == ([] if state == "fine" else ["header-store-stale"])
    numbers = (await anybody.get("/metrics")).body.decode()
    [line] = [
        one
        for one in numbers.splitlines()
        if one.startswith("contacts_header_store_stale_seconds ")
    ]
    assert (line.split()[1] == "+Inf") == (state != "fine")


async def test_nobody_is_called_by_default(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection to the outside")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", denied)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_datagram_endpoint", denied)
    monkeypatch.setattr(socket, "getaddrinfo", denied)
    house = house_of(db)
    await _all_goes_on(house)
    ann = Api(build(house), fresh("ann"))
    told = await ann.post("/v1/validations", {"identifier": "mailto:bea@example.org.uk"})
    assert told.json == {"email": {**told.json["email"], "source": "offline", "outcome": "unknown"}}
    assert "notes" not in (await ann.get("/readyz")).json
    assert (
        await people_matcher.rank(house, UserId("a"), 5, [Candidate(UserId("b"), {"common": 2})])
        is None
    )


@pytest.mark.parametrize("state", FAULTS)
async def test_people_are_ranked_or_it_is_said_that_they_are_not(state: str, db: Db) -> None:
    matcher = PeopleMatcher(CONTRACTS)
    matcher.adds = ["stranger"]
    matcher.dropped = {"u2"}
    FAULTS[state](matcher)
    candidates = [Candidate(UserId(f"u{n}"), {"common": n + 2}) for n in range(5)]
    with serving_one(matcher) as url:
        house = house_of(db, CONTACT_PEOPLE_MATCHER_URL=url, CONTACT_PEOPLE_MATCHER_TOKEN="demo")
        found = [await people_matcher.rank(house, UserId("ann"), 3, candidates) for _ in range(7)]
        await house.neighbours.aclose()
    if state == "fine":
        assert found[0] is not None
        assert [each.user_id for each in found[0].ranked] == ["u4", "u3", "u1"]
        assert house.metrics.count("contacts_people_matcher_added_total").n == 7
    else:
        assert found == [None] * 7
        assert matcher.asked("rank") == 5  # then it is left alone


async def test_there_is_no_route_for_suggestions_until_there_are_some(ann: Api) -> None:
    assert (await ann.get("/v1/suggestions")).status == 404


async def test_what_is_asked_and_answered_is_in_no_line_and_no_error(
    fresh_db: Db,
) -> None:
    stream = io.StringIO()
    log = logs.make("debug", "json", stream)
    store = HeaderStore(CONTRACTS)
    store.tokens[f"{SENTINEL}-token"] = store.tokens["demo"]
    store.put(SENTINEL, f"mailto:{SENTINEL}@example.org.uk", profile={"displayName": SENTINEL})
    with serving_one(store) as url:
        house = house_of(
            fresh_db, CONTACT_HEADER_STORE_URL=url, CONTACT_HEADER_STORE_TOKEN=f"{SENTINEL}-token"
        )
        for fault in (Fault.WRONG_TYPE, Fault.TRUNCATED, Fault.AWAY, Fault.CUT):
            store.knobs.set(fault, value="identifiers" if fault is Fault.WRONG_TYPE else "")
            with pytest.raises(NeighbourAway) as refused:
                await header_store.read(house, 5)
            assert SENTINEL not in repr(refused.getrepr(style="short"))
            store.knobs.set(fault, value="identifiers" if fault is Fault.WRONG_TYPE else "")
            await turn(house, log, b"1")
        await house.neighbours.aclose()
    assert "header-store.away" in stream.getvalue()
    assert SENTINEL not in stream.getvalue()
    assert SENTINEL not in repr(house.settings)
    assert SENTINEL.encode() not in house.metrics.render()


@pytest.fixture
async def two(fresh_db: Db, db: Db) -> AsyncIterator[tuple[House, Api]]:
    """A House that reads another installation's directory, and the app of that one."""
    there = make_house(fresh_db, load(RATES))
    application = build(there)
    here = house_of(
        db, CONTACT_HEADER_STORE_URL="http://127.0.0.1:9", CONTACT_HEADER_STORE_TOKEN="x"
    )
    token = ISSUER.mint(OwnerId("reader"), ("directory.write",), 600, time.time())
    assert here.neighbours.header_store is not None
    neighbour = here.neighbours.header_store._neighbour
    neighbour._headers["Authorization"] = f"Bearer {token}"
    neighbour._client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application))
    yield here, Api(application, "app")
    await here.neighbours.aclose()


async def test_an_installation_reads_the_directory_of_another(two: tuple[House, Api]) -> None:
    here, app = two
    mark = fresh("m")
    users = [
        {
            "userId": f"{mark}-{n}",
            "identifiers": [f"mailto:{mark}{n}@example.org.uk"],
            "discoverable": True,
            "profile": {"displayName": f"N {n}"},
        }
        for n in range(60)
    ]
    for at in (0, 30):
        assert (
            await app.post("/v1/directory/users:batch", {"users": users[at : at + 30]})
        ).status == 200
    assert await header_store.read(here, 50) is Next.DONE
    mine = Api(build(here), "mine")
    for n in (0, 59):
        held = (await mine.get(f"/v1/directory/users/{mark}-{n}")).json
        assert (held["identifiers"], held["profile"]["displayName"]) == (
            users[n]["identifiers"],
            f"N {n}",
        )
    await app("DELETE", f"/v1/directory/users/{mark}-0")
    await app.put(f"/v1/directory/users/{mark}-1", {**users[1], "state": "suspended"})
    assert await header_store.read(here, 50) is Next.DONE
    assert (await mine.get(f"/v1/directory/users/{mark}-0")).status == 404
    assert (await mine.get(f"/v1/directory/users/{mark}-1")).json["state"] == "suspended"


async def test_the_app_may_give_versions(ann: Api) -> None:
    name = fresh("u")
    path = f"/v1/directory/users/{name}"
    body = {"identifiers": [], "profile": {"displayName": "Five"}, "version": 5}
    assert (await ann.put(path, body)).status == 200
    late = await ann.put(path, {**body, "profile": {"displayName": "Four"}, "version": 4})
    assert (late.status, late.json["profile"]["displayName"]) == (200, "Five")
    batch = [
        {"userId": name, **body, "version": 5},
        {"userId": fresh("v"), "identifiers": [], "version": 1},
    ]
    told = (await ann.post("/v1/directory/users:batch", {"users": batch})).json["results"]
    assert [each.get("ignored", False) for each in told] == [True, False]
    assert (await ann("DELETE", f"{path}?version=5")).status == 204
    assert (await ann.get(path)).status == 200
    assert (await ann("DELETE", f"{path}?version=6")).status == 204
    assert (await ann.put(path, {**body, "version": 6})).slug == "not-found"
    for wrong in ("0", "-1", "x", "9" * 30):
        assert (await ann("DELETE", f"{path}?version={wrong}")).slug == "invalid-parameter"
    assert (await ann.put(path, {**body, "version": 0})).status == 422


async def test_who_may_not_write_the_directory_does_not_read_it_whole(ann: Api) -> None:
    other = ann.scoped("contacts.read", "contacts.write", "discovery", "privacy", "imports")
    assert (await other.get("/v1/users/changes")).slug == "missing-scope"
    assert (await other.get(f"/v1/users/{ann.owner}")).slug == "missing-scope"
    assert (await other.post("/v1/users:batchGet", {"userIds": []})).slug == "missing-scope"
