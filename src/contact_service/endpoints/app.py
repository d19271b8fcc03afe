"""The application: one ASGI callable over the route table, the web app's routes behind it."""

import time
from collections import defaultdict
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from contact_service.actions.context import House
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import auth, docs, health, openapi, problems, table
from contact_service.endpoints import routes as kinds
from contact_service.endpoints.carddav.front import Front
from contact_service.endpoints.door import Door, Hall, Headers, reply
from contact_service.endpoints.health import Health
from contact_service.endpoints.matrix import front as matrix
from contact_service.endpoints.short_road import ShortRoad
from contact_service.model.problem import Broken, NotFound, Problem
from contact_service.settings.environment import BadSetting, Settings
from contact_service.telemetry import logs
from contact_service.vault.access import Verifier

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class App:
    """The service as an ASGI application. `health.draining` set to True makes /readyz tell load balancers to leave."""

    def __init__(self, hall: Hall, api: Sequence[kinds.Route], web: Sequence[BaseRoute]) -> None:
        self.health = health_ = Health(hall.house)
        hall.leaving = lambda: health_.draining
        routes = [*api, *health.routes(self.health)]
        routes += [*openapi.routes(routes), *docs.routes(routes)]
        self.routes: tuple[kinds.Route, ...] = tuple(routes)
        by_path: dict[str, list[kinds.Route]] = defaultdict(list)
        for route in routes:
            by_path[route.path].append(route)
        self.doors = {path: Door(hall, found) for path, found in by_path.items()}
        self._dav = Front(hall)
        self._matrix = matrix.Front(hall)
        self.short_road: ShortRoad | None = ShortRoad(self.doors)
        self._router = Router(
            # `{id}:restore` before `{id}`, which would take the verb for a part of the id.
            [Route(path, self.doors[path]) for path in sorted(self.doors, key=_verbless)],
            redirect_slashes=False,
            default=_Beside(hall, web),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer (ASGI)."""
        if scope["type"] == "http":
            door = self.short_road.find(scope) if self.short_road is not None else None
            if door is None and Front.takes(scope["path"]):
                await self._dav(scope, receive, send)
            elif door is None and matrix.Front.takes(scope["path"]):
                await self._matrix(scope, receive, send)
            else:
                await (door or self._router)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})


def build(
    house: House,
    verifier: Verifier,
    settings: Settings,
    web: Sequence[BaseRoute] = (),
    *,
    refresh: auth.Refresh | None = None,
    log: FilteringBoundLogger | None = None,
) -> App:
    """The application over a House. `refresh` fetches the issuer's keys anew; `log` defaults to the settings' form.

    Raises BadSetting for a store of rate limits that is not offered.
    """
    if not settings.limits_url.startswith("memory://"):
        raise BadSetting("CONTACT_LIMITS_URL", "shared stores are not offered yet", "memory://")
    log = log or logs.make(settings.log_level, settings.log_format)
    return App(Hall(house, auth.Access(verifier, refresh), log), table.ROUTES, web)


def _verbless(path: str) -> bool:
    return "}:" not in path


class _Beside:
    """What is no route of the table: the web app, and paths that nothing answers."""

    def __init__(self, hall: Hall, web: Sequence[BaseRoute]) -> None:
        self._hall = hall
        self._router = Router(web, redirect_slashes=False, default=_nothing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        request_id = self._hall.request_id(dict(scope["headers"]))
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        # Seen by Starlette's routers: they raise what they would else answer in plain text.
        scope["app"] = self
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._router(scope, receive, watched)
        except Exception as error:
            if status:
                raise
            answer = self._broken(error, request_id.decode())
            out: Headers = [(b"cache-control", b"no-store")]
            await reply(watched, answer, out, head=scope["method"] == "HEAD")
        self._note(scope, status, time.perf_counter() - begun, request_id.decode())

    def _broken(self, error: Exception, request_id: str) -> Answer:
        if isinstance(error, HTTPException):
            allowed = (error.headers or {}).get("Allow", "")
            return problems.answer(problems.of_status(error.status_code, allowed))
        if isinstance(error, Problem):
            return problems.answer(error)
        logs.error(self._hall.log, "request.broken", error, request_id=request_id)
        return problems.answer(Broken("The mistake is in the log under the request id."))

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        # The router's own mark of a matched route; its path may hold ids, so one label stands for all of them.
        template = "web" if "endpoint" in scope or "route" in scope else "unmatched"
        self._hall.house.metrics.route(method, template).observe(status, seconds)
        self._hall.access.write(method, template, status, seconds, request_id, 0)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problems.answer(NotFound())
    await reply(send, answer, [(b"cache-control", b"no-store")], head=scope["method"] == "HEAD")


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing to start or stop here: the wiring owns the parts."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


__all__ = ["ASGIApp", "App", "build"]
