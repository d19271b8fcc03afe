"""Why somebody is not found, in databases that differ in nothing else: clones of one state.

In the state ann holds bea and cas among her contacts, and finds both.
"""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg

from acting import KEYRING, UNFENCED, make_house
from asking import Api, build, item, person
from contact_service.actions import edge, social
from contact_service.actions.context import House
from contact_service.cli.bench import stage
from contact_service.endpoints.app import App
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Edge
from contact_service.model.owner import State
from contact_service.settings.environment import load
from contact_service.storage import objections, owners
from contact_service.vault import blind
from contact_service.vault.blind import Person
from watching import Watched

PHONE, OTHER, MORE = "+14155550111", "+14155550122", "+14155550133"
"""bea's, cas's, and bea's second."""
ACCOUNT = "4711"
"""bea's at X."""
HERS = (f"tel:{PHONE}", f"tel:{MORE}", f"account:x:{ACCOUNT}")
FOLLOWERS = [Edge("x", "follower", f"Follower {n}", n) for n in ("4710", ACCOUNT, "4712")]
SETTINGS = load(
    {f"CONTACT_LIMIT_{name}": "1000000/1000000" for name in stage.LIMITS}
    | UNFENCED
    | {"CONTACT_REMATCH_INTERVAL_S": "0", "CONTACT_MATRIX_SERVER_NAME": "example.org"}
)
"""Rates are raised: a test asks more than a person."""
_numbers = itertools.count(1)


class World:
    """One database with its application; ann looks for bea."""

    def __init__(self, name: str, db: Watched) -> None:
        self.name = name
        self.db = db
        self.house: House = make_house(db, SETTINGS)
        self.app: App = build(self.house)
        self.ann, self.bea, self.cas = (Api(self.app, name) for name in ("ann", "bea", "cas"))

    async def made(self) -> None:
        """The state that all clones start from."""
        for owner in (self.ann, self.bea):
            await owner.consents("store", "match")
        await self.ann.register(self.bea, *HERS, profile={"displayName": "Bea"})
        assert (await self.bea.put("/v1/privacy/sharing", {"account": "everyone"})).status == 200
        await self.ann.register(self.cas, f"tel:{OTHER}")
        await self.ann.upload(item("1", "Bea", PHONE), item("2", "Cas", OTHER))
        await self.ann.post("/v1/contacts", person("Bea at work", MORE))
        told = await self.ann.get("/v1/matches")
        assert {m["userId"] for m in told.json["matches"]} == {"bea", "cas"}
        await self.followed()

    async def followed(self) -> None:
        """ann's followers at X, of whom bea is one; all are paid for."""
        await self.ann.consents("import.x")
        ann = OwnerId("ann")
        await edge.write(self.house, ann, "test", social.keep, FOLLOWERS, 1, "api", b"s" * 16)
        told = await self.ann.get("/v1/social/counts")
        assert told.json["counts"] == [
            {"provider": "x", "kind": "follower", "people": 3, "linked": 1, "deferred": 0}
        ]

    async def close(self) -> None:
        self.house.evaluators.close()
        self.house.darkroom.close()
        await self.db.close()


Why = Callable[[World], Awaitable[object]]


async def found(world: World) -> None:
    """The control: bea is found."""


async def unregistered(world: World) -> None:
    assert (await world.ann.delete("/v1/directory/users/bea")).status == 204


async def blocked_me(world: World) -> None:
    assert (await world.bea.put("/v1/blocks/ann")).status == 204


async def blocked_by_me(world: World) -> None:
    assert (await world.ann.put("/v1/blocks/bea")).status == 204


async def blocked_both_ways(world: World) -> None:
    await blocked_me(world)
    await blocked_by_me(world)


async def _shares(audience: str, world: World) -> None:
    told = await world.bea.put(
        "/v1/privacy/sharing", dict.fromkeys(("phone", "email", "account"), audience)
    )
    assert told.status == 200


async def known_and_blocked_me(world: World) -> None:
    """bea's own matches hold ann, whom she blocks."""
    mine = "+14155550144"
    await world.ann.register(world.ann, f"tel:{mine}")
    await world.bea.post("/v1/contacts", person("Ann", mine))
    await _shares("contacts", world)
    assert (await world.ann.get("/v1/matches")).body.count(b'"bea"') == 2
    await blocked_me(world)


async def suspended(world: World) -> None:
    await world.ann.register(world.bea, *HERS, state="suspended")


async def objected(world: World) -> None:
    """To all her identifiers, and the directory's rows stand as yet."""
    key = KEYRING.fixed("objection")
    for tag in blind.tags(key, HERS, Person.OBJECTION):
        add = partial(objections.add, tag=tag, at=datetime.now(UTC))
        await world.db.sharing(add)


async def objected_and_registered_again(world: World) -> None:
    await objected(world)
    await world.ann.register(world.bea, *HERS)


async def _state(state: State, world: World) -> None:
    await world.db.writing(OwnerId("bea"), partial(owners.set_state, state=state))


async def numbers_of_mine(world: World) -> None:
    """Her numbers are ann's own by now: nobody is their own match."""
    await world.ann.register(world.ann, *HERS)


HIDDEN: dict[str, Why] = {
    "blocked me": blocked_me,
    "blocked by me": blocked_by_me,
    "blocked both ways": blocked_both_ways,
    "shares with nobody": partial(_shares, "nobody"),
    "shares with contacts": partial(_shares, "contacts"),
    "knows me and blocked me": known_and_blocked_me,
    "suspended": suspended,
    "objected": objected,
    "objected and registered again": objected_and_registered_again,
    "restricted": partial(_state, State.RESTRICTED),
    "erased": partial(_state, State.ERASING),
    "myself": numbers_of_mine,
}
"""Besides `unregistered`, which they must look like."""


class Clones:
    """Databases made from one state, each with an application of its own over the same keys; they go with the server."""

    def __init__(self, admin: "asyncpg.Connection[Any]", dsn: str) -> None:
        self._admin = admin
        self._dsn = dsn
        self._open: list[World] = []

    async def start(self) -> str:
        """The name of a database in the state that clones start from."""
        world = await self.clone("contacts")
        await world.made()
        await self.rest()
        return world.name

    async def clone(self, template: str, why: Why = found) -> World:
        name = f"clone{next(_numbers)}"
        await self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        world = World(name, await Watched.open(self._dsn.replace("@/contacts?", f"@/{name}?")))
        self._open.append(world)
        await why(world)
        return world

    async def rest(self) -> None:
        """Close all connections, so that a database can be cloned."""
        for world in self._open:
            await world.close()
        self._open.clear()
