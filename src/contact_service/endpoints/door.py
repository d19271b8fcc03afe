"""The door of a path: what every request passes before and after its handler, in one order.

Method, token, scope, rate, place, body, handler; then the answer's headers, the metric, the log line. Both roads to a
handler (the short one and the router) lead through the same door, so both answer the same bytes.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from contact_service.actions.context import House
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import auth, limits, problems, receiving
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.lanes import Deadlines, Lane
from contact_service.endpoints.limits import Bucket
from contact_service.endpoints.routes import Route
from contact_service.endpoints.streaming import Streamed, Streams
from contact_service.model.ids import OwnerId
from contact_service.model.problem import (
    Broken,
    IntegrityBroken,
    MethodNotAllowed,
    MissingScope,
    Overloaded,
    Problem,
    RateLimited,
    Unauthenticated,
)
from contact_service.telemetry import logs
from contact_service.telemetry.logs import AccessLines

Headers = list[tuple[bytes, bytes]]
_ID_BYTES = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-")
_LONGEST_ID = 64
_DEADLINES = {"bulk": limits.BULK_DEADLINE_S, "files": limits.FILE_DEADLINE_S}


class Hall:
    """What the doors of one app share."""

    def __init__(self, house: House, access: auth.Access, log: FilteringBoundLogger) -> None:
        self.house = house
        self.auth = access
        self.log = log
        self.access = AccessLines(log)
        self.deadlines = Deadlines()
        self.lanes = {
            "interactive": Lane("interactive", limits.INTERACTIVE_SLOTS),
            "bulk": Lane("bulk", limits.BULK_SLOTS),
            "files": Lane("files", limits.FILE_SLOTS),
            "internal": Lane("internal", None),
        }
        self.buckets = {name: Bucket(name, rate) for name, rate in house.settings.limits.items()}
        self.streams = Streams()
        self.leaving: Callable[[], bool] = lambda: False
        self._process = secrets.token_hex(6)
        self._requests = count(1)

    def request_id(self, headers: dict[bytes, bytes]) -> bytes:
        """The X-Request-Id sent, if it is sane and no phone number; else one of our own."""
        sent = headers.get(b"x-request-id")
        if sent is not None and _sane(sent):
            return sent
        return b"%b-%x" % (self._process.encode(), next(self._requests))

    def refused(self, problem: Problem) -> None:
        """Count a refusal that operators watch."""
        counted = self.house.metrics.count
        if isinstance(problem, Unauthenticated):
            counted("contacts_auth_refused_total", reason="token").add()
        elif isinstance(problem, MissingScope):
            counted("contacts_auth_refused_total", reason="scope").add()
        elif isinstance(problem, IntegrityBroken):
            counted("contacts_integrity_broken_total").add()


class Door:
    """All operations of one path, as an ASGI application."""

    def __init__(self, hall: Hall, routes: Iterable[Route]) -> None:
        self._hall = hall
        self._ways = {route.method: _Way(hall, route) for route in routes}
        get = self._ways.get("GET")
        if get is not None and "HEAD" not in self._ways:
            self._ways["HEAD"] = get
        self._allowed = sorted(self._ways)
        self._template = next(iter(self._ways.values())).route.path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        begun = time.monotonic()
        method: str = scope["method"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = self._hall.request_id(headers)
        way = self._ways.get(method)
        if way is None:
            answer = problems.answer(MethodNotAllowed(allowed=self._allowed))
            out: Headers = [(b"cache-control", b"no-store"), (b"x-request-id", request_id)]
            way_method = "OTHER"
        else:
            out = [way.cache, (b"x-request-id", request_id)]
            caller = Caller(self._hall.house, request_id.decode(), headers, scope)
            answer = await way.answer(caller, receive, begun, out)
            way_method = way.route.method
        spent = time.monotonic() - begun
        if isinstance(answer, Streamed):
            await self._hall.streams.send(receive, send, answer, out, self._hall.leaving)
        else:
            await reply(send, answer, out, head=method == "HEAD")
            spent = time.monotonic() - begun
        if way is None:
            self._hall.house.metrics.route(way_method, self._template).observe(405, spent)
        else:
            way.metric.observe(answer.status, spent)
        self._hall.access.write(
            way_method, self._template, answer.status, spent, request_id.decode(), len(answer.body)
        )


class _Way:
    """One operation with what it needs at each request already looked up."""

    __slots__ = ("_bucket", "_hall", "_lane", "_seconds", "cache", "metric", "route")

    def __init__(self, hall: Hall, route: Route) -> None:
        self._hall = hall
        self.route = route
        self._bucket = hall.buckets[route.limit] if route.limit else None
        self._lane = hall.lanes[route.lane]
        self._seconds = _DEADLINES.get(route.lane, limits.DEADLINE_S)
        self.metric = hall.house.metrics.route(route.method, route.path)
        # An answer about persons is kept by nobody but the one who asked, and then only to compare its tag.
        self.cache = (b"cache-control", b"private, no-cache" if route.conditional else b"no-store")

    async def answer(self, caller: Caller, receive: Receive, begun: float, out: Headers) -> Answer:
        """The handler's answer, or the Problem in its way; never raises but when the request is cancelled."""
        hall = self._hall
        task = hall.deadlines.begin(begun + self._seconds)
        try:
            return await self._handled(caller, receive, begun, out)
        except Problem as problem:
            return self._refused(problem, caller.request_id)
        except asyncio.CancelledError:
            if not hall.deadlines.was_cut(task):
                raise
            return problems.answer(Overloaded(detail="The request took too long."))
        except Exception as error:  # noqa: BLE001  the last wall: whatever it is, the client gets a Problem
            logs.error(
                hall.log,
                "request.broken",
                error,
                route=self.route.path,
                request_id=caller.request_id,
            )
            return problems.answer(Broken("The mistake is in the log under the request id."))
        finally:
            hall.deadlines.end(task)

    async def _handled(
        self, caller: Caller, receive: Receive, begun: float, out: Headers
    ) -> Answer:
        route = self.route
        if route.scope is not None:
            try:
                claims = self._hall.auth.claims(caller.headers)
            except Unauthenticated:
                claims = await self._hall.auth.claims_anew(caller.headers)
            caller.owner, caller.scopes = claims.owner, claims.scopes
            caller.needs(route.scope)
            self._count(claims.owner, begun, out)
        lane = self._lane
        if not lane.enter_now():
            await self._wait(lane)
        try:
            if route.body is not None:
                receiving.check(route.body, caller.headers)
                if route.body.streamed:
                    caller.arriving = receiving.pieces(receive, route.body.most_bytes)
                else:
                    caller.body = await receiving.whole(receive, route.body.most_bytes)
            answer = await route.handler(caller)
            if isinstance(answer, Streamed):
                self._hall.streams.enter(answer.owner)
            return answer
        finally:
            lane.leave()

    def _refused(self, problem: Problem, request_id: str) -> Answer:
        self._hall.refused(problem)
        if problem.status >= 500:
            logs.error(
                self._hall.log,
                "request.refused",
                problem,
                slug=problem.slug,
                request_id=request_id,
            )
        return problems.answer(problem)

    def _count(self, owner: OwnerId, now: float, out: Headers) -> None:
        bucket = self._bucket
        if bucket is None:
            return
        out.append((b"ratelimit-policy", bucket.policy))
        try:
            left, until_full_s = bucket.take(owner, now)
        except RateLimited as refusal:
            out.append((b"ratelimit", bucket.told(0, refusal.retry_after_s or 1)))
            self._hall.house.metrics.count("contacts_limits_refused_total", limit=bucket.name).add()
            raise
        out.append((b"ratelimit", bucket.told(left, until_full_s)))

    async def _wait(self, lane: Lane) -> None:
        try:
            await lane.enter()
        except Overloaded:
            self._hall.house.metrics.count("contacts_admission_refused_total", lane=lane.name).add()
            raise


def _sane(sent: bytes) -> bool:
    if not 0 < len(sent) <= _LONGEST_ID or not _ID_BYTES.issuperset(sent):
        return False
    # It is logged: a bare number could be somebody's, so it must have a letter in it.
    return not sent.translate(None, b"-._").isdigit()


async def reply(send: Send, answer: Answer, out: Headers, *, head: bool) -> None:
    """Send an answer with these headers before its own; `head`: without the body, its length told all the same."""
    own: dict[str, Any] = answer.headers
    if answer.body:
        if "Content-Type" not in own:
            out.append((b"content-type", b"application/json"))
        out.append((b"content-length", b"%d" % len(answer.body)))
    elif answer.status not in {204, 304}:
        out.append((b"content-length", b"0"))
    for name, value in own.items():
        out.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    if answer.replayed:
        out.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": out})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
