"""R12, R34: not registered, blocked me, may not be discovered: every road answers the same bytes (clones of one state).

One database is brought to a state; each case is a clone of it that differs in nothing but why bea cannot be found.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from acting import make_house
from asking import Api, Reply, build, item, person
from contact_service.endpoints.app import App
from contact_service.settings.environment import load
from contact_service.storage.db import Db

PHONE, OTHER, FRESH = "+14155550111", "+14155550122", "+14155550133"
_numbers = itertools.count(1)
Why = Callable[[Api, Api], Awaitable[None]]


async def unregistered(ann: Api, bea: Api) -> None:
    assert (await ann.delete("/v1/directory/users/bea")).status == 204


async def blocked_me(ann: Api, bea: Api) -> None:
    assert (await bea.put("/v1/blocks/ann")).status == 204


async def blocked_by_me(ann: Api, bea: Api) -> None:
    assert (await ann.put("/v1/blocks/bea")).status == 204


async def shares_with_nobody(ann: Api, bea: Api) -> None:
    told = await bea.put("/v1/privacy/sharing", {"phone": "nobody", "email": "nobody"})
    assert told.status == 200


async def shares_with_contacts_only(ann: Api, bea: Api) -> None:
    told = await bea.put("/v1/privacy/sharing", {"phone": "contacts", "email": "contacts"})
    assert told.status == 200


async def suspended(ann: Api, bea: Api) -> None:
    await ann.register(bea, f"tel:{PHONE}", f"tel:{FRESH}", state="suspended")


REASONS = [
    unregistered,
    blocked_me,
    blocked_by_me,
    shares_with_nobody,
    shares_with_contacts_only,
    suspended,
]


class Clones:
    """Databases made from one state, each with an application of its own over the same keys."""

    def __init__(self, admin: "asyncpg.Connection[Any]", dsn: str) -> None:
        self._admin = admin
        self._dsn = dsn
        self._open: list[Db] = []
        self._names: list[str] = []

    async def make(self, template: str) -> tuple[str, App]:
        name = f"clone{next(_numbers)}"
        await self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._names.append(name)
        db = await Db.open(self._dsn.replace("@/contacts?", f"@/{name}?"))
        self._open.append(db)
        return name, build(make_house(db, load({"CONTACT_REMATCH_INTERVAL_S": "0"})))

    async def rest(self) -> None:
        """Close all connections, so that a database can be cloned."""
        for db in self._open:
            await db.close()
        self._open.clear()

    async def drop(self) -> None:
        await self.rest()
        for name in self._names:
            await self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def clones(postgres: str) -> AsyncIterator[Clones]:
    admin = await asyncpg.connect(postgres.replace("@/contacts?", "@/template1?"))
    made = Clones(admin, postgres)
    yield made
    await made.drop()
    await admin.close()


async def asked(ann: Api) -> list[Reply]:
    """Every road on which ann could learn of bea."""
    identifiers = {"identifiers": [f"tel:{PHONE}", f"tel:{OTHER}", f"tel:{FRESH}", "tel:1"]}
    first = await ann.get("/v1/matches")
    return [
        first,
        await ann.get("/v1/matches", if_none_match=first.headers["etag"]),
        await ann.post("/v1/discovery/lookup", identifiers),
        await ann.post("/v1/discovery/lookup", identifiers, idempotency_key="k"),
        await ann.get("/v1/contacts?matched=true"),
        await ann.get("/v1/contacts?matched=false"),
        await ann.upload(item("1", "Bea", PHONE), item("2", "Cas", OTHER)),
        await ann.upload(item("1", "Bea", PHONE), item("2", "Cas", OTHER), view="full"),
        await ann.get("/v1/search?q=bea"),
        await ann.get("/v1/matches?limit=1"),
    ]


async def told(clones: Clones, template: str, why: Why) -> list[Any]:
    _, app = await clones.make(template)
    ann, bea = Api(app, "ann"), Api(app, "bea")
    await why(ann, bea)
    replies = await asked(ann)
    assert all(reply.status in {200, 304} for reply in replies), replies
    return [reply.comparable for reply in replies]


async def test_no_road_tells_why_somebody_is_not_found(clones: Clones) -> None:
    start, app = await clones.make("contacts")
    ann, bea, cas = Api(app, "ann"), Api(app, "bea"), Api(app, "cas")
    for owner in (ann, bea):
        await owner.consents("store", "match")
    await ann.register(bea, f"tel:{PHONE}", f"tel:{FRESH}", profile={"displayName": "Bea"})
    await ann.register(cas, f"tel:{OTHER}")
    await ann.upload(item("1", "Bea", PHONE), item("2", "Cas", OTHER))
    await ann.post("/v1/contacts", person("Bea at work", FRESH))
    before = await ann.get("/v1/matches")
    assert {m["userId"] for m in before.json["matches"]} == {"bea", "cas"}
    await clones.rest()

    async def nothing(ann: Api, bea: Api) -> None:
        """The control: bea is found."""

    found = await told(clones, start, nothing)
    expected = await told(clones, start, REASONS[0])
    assert b'"bea"' in found[0][2]
    assert found != expected
    for why in REASONS[1:]:
        answers = await told(clones, start, why)
        for place, (answer, other) in enumerate(zip(answers, expected, strict=True)):
            # The token and the tag of a list are of the book's version, which no reason touches.
            assert answer == other, (why.__name__, place)


async def test_writing_is_answered_the_same_whoever_is_out_there(clones: Clones) -> None:
    """A new contact with bea's number: the id and the times are fresh, everything else is the same."""
    start, app = await clones.make("contacts")
    ann, bea = Api(app, "ann"), Api(app, "bea")
    await ann.consents("store", "match")
    await bea.consents("match")
    await ann.register(bea, f"tel:{PHONE}", f"tel:{FRESH}")
    await clones.rest()
    seen = []
    for why in REASONS:
        _, clone = await clones.make(start)
        ann, bea = Api(clone, "ann"), Api(clone, "bea")
        await why(ann, bea)
        made = await ann.post("/v1/contacts", person("Bea", PHONE, uid="u"))
        uploaded = await ann.upload(item("1", "Bea too", FRESH))
        held = {k: v for k, v in made.json.items() if k != "id"}
        seen.append(
            (made.status, held, uploaded.comparable, (await ann.get("/v1/matches")).comparable)
        )
    assert all(one == seen[0] for one in seen)
