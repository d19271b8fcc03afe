"""The front of the Matrix face: what every request below /_matrix/identity passes, in one order (compare door.py).

Place, method, token, rate, lane, body, handler; then the answer with CORS headers, the metric, the log line. The face
has paths of its own words only, so a path may be a label; what is no path of it is not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from contact_service.endpoints import limits, origin, receiving
from contact_service.endpoints.door import Hall, Headers
from contact_service.endpoints.lanes import Lane
from contact_service.endpoints.limits import Tries
from contact_service.endpoints.matrix import accounts, auth, lookups, terms, told
from contact_service.endpoints.matrix.asked import Asked
from contact_service.endpoints.matrix.told import Refused, Told
from contact_service.model.problem import Broken, Overloaded, Problem, RateLimited, Unavailable
from contact_service.telemetry import logs

ROOT = "/_matrix/identity"
V2 = f"{ROOT}/v2"
VERSIONS = [f"v1.{minor}" for minor in range(1, 13)]
_AT_HOMESERVERS = 8
_SIGN_IN = "sign_in"


async def versions(asked: Asked) -> Told:
    """GET /_matrix/identity/versions -> {versions}."""
    del asked
    return told.done({"versions": VERSIONS})


async def ping(asked: Asked) -> Told:
    """GET /_matrix/identity/v2 -> {}."""
    del asked
    return told.done({})


@dataclass(frozen=True, slots=True)
class Way:
    """A handler. `limit` names the rate of an owner; None: open to all, without a token."""

    handler: Callable[[Asked], Awaitable[Told]]
    limit: str | None = None


WAYS: dict[str, dict[str, Way]] = {
    f"{ROOT}/versions": {"GET": Way(versions)},
    terms.PAGE: {"GET": Way(terms.page)},
    V2: {"GET": Way(ping)},
    f"{V2}/hash_details": {"GET": Way(lookups.hash_details, "discovery")},
    f"{V2}/lookup": {"POST": Way(lookups.lookup, "discovery")},
    f"{V2}/account": {"GET": Way(accounts.account, "privacy")},
    f"{V2}/account/register": {"POST": Way(accounts.register)},
    f"{V2}/account/logout": {"POST": Way(accounts.logout, "privacy")},
    f"{V2}/terms": {"GET": Way(terms.show), "POST": Way(terms.accept, "privacy")},
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


class Front:
    """The Matrix face as an ASGI application."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._lane = hall.lanes["interactive"]
        self._asking_homeservers = Lane("homeservers", _AT_HOMESERVERS)
        self._tries = Tries(hall.house.settings.limits[_SIGN_IN])

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path is one of this face."""
        return path == ROOT or path.startswith(f"{ROOT}/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        begun = time.monotonic()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = self._hall.request_id(headers)
        method: str = scope["method"]
        asked = Asked(self._hall.house, request_id.decode(), scope, begun)
        answer = await self._answered(asked, headers, receive)
        out: Headers = [(b"x-request-id", request_id), (b"cache-control", b"no-store"), *told.CORS]
        await _reply(send, answer, out, head=method == "HEAD")
        spent = time.monotonic() - begun
        known = method if method in _METHODS else "OTHER"
        template = scope["path"] if scope["path"] in WAYS else ROOT
        self._hall.house.metrics.route(known, template).observe(answer.status, spent)
        self._hall.access.write(
            known, template, answer.status, spent, asked.request_id, len(answer.body)
        )

    async def _answered(self, asked: Asked, headers: dict[bytes, bytes], receive: Receive) -> Told:
        hall = self._hall
        task = hall.deadlines.begin(asked.now + limits.DEADLINE_S)
        try:
            return await self._handled(asked, headers, receive)
        except Refused as refusal:
            return told.refused(refusal)
        except Problem as problem:
            if problem.status >= 500:
                logs.error(hall.log, "request.refused", problem, request_id=asked.request_id)
            hall.refused(problem)
            return told.problem(problem)
        except asyncio.CancelledError:
            if not hall.deadlines.was_cut(task):
                raise
            return told.problem(Overloaded())
        except Exception as error:  # noqa: BLE001  the last wall: whatever it is, the client gets an answer
            logs.error(hall.log, "request.broken", error, route=ROOT, request_id=asked.request_id)
            return told.problem(Broken())
        finally:
            hall.deadlines.end(task)

    async def _handled(self, asked: Asked, headers: dict[bytes, bytes], receive: Receive) -> Told:
        method: str = asked.scope["method"]
        if method == "OPTIONS":
            return told.done({})
        ways = WAYS.get(asked.scope["path"])
        if ways is None:
            raise Refused(404, "M_UNRECOGNIZED", "There is nothing of this name here.")
        way = ways.get("GET" if method == "HEAD" else method)
        if way is None:
            return _not_allowed(ways)
        if way.limit is not None:
            sent = auth.token(headers, asked.scope["query_string"])
            asked.who = await auth.signed_in(self._hall, sent)
            self._count(way.limit, asked)
        if way.handler is accounts.register:
            return await self._registered(way, asked, headers, receive)
        return await self._within(self._lane, way, asked, headers, receive)

    async def _registered(
        self, way: Way, asked: Asked, headers: dict[bytes, bytes], receive: Receive
    ) -> Told:
        """A sign-in: counted for the client's address until it succeeds, and few ask homeservers at once."""
        address = _address(asked.scope)
        try:
            self._tries.take(address, asked.now)
        except RateLimited:
            self._refused_rate(_SIGN_IN)
            raise
        try:
            answer = await self._within(self._asking_homeservers, way, asked, headers, receive)
        except Unavailable:
            self._tries.give_back(address)  # nothing was learnt
            raise
        self._tries.give_back(address)
        return answer

    async def _within(
        self, lane: Lane, way: Way, asked: Asked, headers: dict[bytes, bytes], receive: Receive
    ) -> Told:
        if not lane.enter_now():
            await lane.enter()
        try:
            if asked.scope["method"] == "POST":
                receiving.sized(headers.get(b"content-length", b"0"), limits.JSON_BODY)
                asked.raw = await receiving.whole(receive, limits.JSON_BODY)
            return await way.handler(asked)
        finally:
            lane.leave()

    def _count(self, limit: str, asked: Asked) -> None:
        try:
            self._hall.buckets[limit].take(asked.who.owner, asked.now)
        except RateLimited:
            self._refused_rate(limit)
            raise

    def _refused_rate(self, limit: str) -> None:
        self._hall.house.metrics.count("contacts_limits_refused_total", limit=limit).add()


def _not_allowed(ways: dict[str, Way]) -> Told:
    refusal = Refused(405, "M_UNRECOGNIZED", "This method is not offered here.")
    answer = told.refused(refusal)
    return Told(answer.status, answer.body, {"Allow": ", ".join([*ways, "OPTIONS"])})


def _address(scope: Scope) -> bytes:
    """What sign-ins are counted for: an address, of IPv6 the network of 64 bits that one customer has."""
    client = origin.address(scope)
    if client is None:
        return b""
    return client.packed if client.version == 4 else client.packed[:8]


async def _reply(send: Send, answer: Told, out: Headers, *, head: bool) -> None:
    out.append((b"content-type", answer.media.encode()))
    out.append((b"content-length", b"%d" % len(answer.body)))
    for name, value in answer.headers.items():
        out.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    await send({"type": "http.response.start", "status": answer.status, "headers": out})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
