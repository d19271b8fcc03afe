"""Health: does the loop turn, can requests be served, what do the numbers say. It names checks, no host or secret."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from contact_service.actions import staleness
from contact_service.actions.context import House
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.routes import Route
from contact_service.model.problem import Problem
from contact_service.storage import migrate
from contact_service.telemetry import metrics
from contact_service.vault import sealing

_CANARY = "canary"


class Alive(msgspec.Struct, frozen=True):
    """The event loop turns."""

    status: str = "ok"


class Readiness(msgspec.Struct, frozen=True, omit_defaults=True):
    """`failed` names the checks that do not hold: database, schema, keyring, pool, draining. `notes`, where there are
    some, is what an operator should know that fails nothing: header-store-stale, header-store-removals-held.
    """

    ready: bool
    failed: list[str]
    notes: list[str] = []


class Health:
    """What /readyz looks at. Set `draining` when the process is about to stop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._wrapped = sealing.new(_CANARY, 1).wrap(house.keyring)
        self._schema = False
        self.draining = False

    async def failed(self) -> list[str]:
        """The checks that do not hold, each within 100 ms."""
        checks: dict[str, Callable[[], Awaitable[bool]]] = {
            "database": self._database,
            "schema": self._compatible,
            "keyring": self._unwraps,
            "pool": self._room,
        }
        failed = ["draining"] if self.draining else []
        for name, check in checks.items():
            if not await _holds(check):
                failed.append(name)
        return failed

    async def notes(self) -> list[str]:
        """What is to be known, within 100 ms; nothing where that takes longer: then another check tells."""
        try:
            async with asyncio.timeout(limits.READY_S):
                age = await staleness.look(self._house, datetime.now(UTC))
        except (Problem, TimeoutError):
            return []
        return staleness.notes(self._house, age)

    async def _database(self) -> bool:
        await self._house.db.ping()
        return True

    async def _compatible(self) -> bool:
        # Asked until it holds: migrations only add to what is applied.
        self._schema = self._schema or await self._house.db.ask(migrate.compatible)
        return self._schema

    async def _unwraps(self) -> bool:
        sealing.unwrap(self._house.keyring, _CANARY, 1, self._wrapped)
        return True

    async def _room(self) -> bool:
        return self._house.db.has_room()


async def _holds(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(limits.READY_S):
            return await check()
    except (Problem, TimeoutError):
        return False


def routes(health: Health) -> tuple[Route, ...]:
    """The routes of health; none needs a token, none is ever refused for load."""

    async def alive(_: Caller) -> Answer:
        return Answer(200, {}, msgspec.json.encode(Alive()))

    async def ready(_: Caller) -> Answer:
        failed = await health.failed()
        told = Readiness(not failed, failed, await health.notes())
        return Answer(503 if failed else 200, {}, msgspec.json.encode(told))

    async def numbers(caller: Caller) -> Answer:
        await health.notes()  # the age among the numbers is then that of now
        return Answer(200, {"Content-Type": metrics.CONTENT_TYPE}, caller.house.metrics.render())

    return (
        Route(
            "GET",
            "/healthz",
            alive,
            None,
            None,
            "Whether the service turns",
            {200: Alive},
            lane="internal",
        ),
        Route(
            "GET",
            "/readyz",
            ready,
            None,
            None,
            "Whether it can serve",
            {200: Readiness, 503: Readiness},
            lane="internal",
        ),
        Route(
            "GET",
            "/metrics",
            numbers,
            None,
            None,
            "Numbers for Prometheus",
            {200: "text/plain"},
            lane="internal",
        ),
    )
