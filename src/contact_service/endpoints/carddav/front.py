"""The front of the CardDAV face: what every request below /dav/ passes, in one order (compare door.py).

Method, sign-in, rate, place, body, handler; then the answer, streamed where it is long, the metric, the log line.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.types import Receive, Scope, Send

from contact_service.actions import dav_changes, faces
from contact_service.endpoints import limits, origin, receiving
from contact_service.endpoints.carddav import (
    auth,
    books,
    cards,
    conditions,
    propfind,
    reports,
    told,
)
from contact_service.endpoints.carddav.asked import Asked, own
from contact_service.endpoints.carddav.auth import DavCaller
from contact_service.endpoints.carddav.targets import Kind, Target
from contact_service.endpoints.carddav.told import Told, nothing
from contact_service.endpoints.door import Hall, Headers
from contact_service.model.problem import (
    Broken,
    MethodNotAllowed,
    NotFound,
    Overloaded,
    Problem,
    RateLimited,
    StaleRevision,
)
from contact_service.telemetry import logs

WELL_KNOWN = "/.well-known/carddav"
ROOT = "/dav"
OFFERED = "1, 3, access-control, addressbook, extended-mkcol"
_TEMPLATE = "/dav"
_WRITE = 65_536
"""Bytes of an answer in pieces that are sent together."""
Handler = Callable[[Asked], Awaitable[Told]]


async def _delete(asked: Asked) -> Told:
    """DELETE /dav/addressbooks/{owner}/{book}[/{name}] -> 204."""
    return await (cards.delete if asked.target.kind is Kind.CARD else books.delete)(asked)


HANDLERS: dict[str, Handler] = {
    "GET": cards.get,
    "HEAD": cards.get,
    "PUT": cards.put,
    "DELETE": _delete,
    "COPY": cards.copy,
    "MOVE": cards.move,
    "MKCOL": books.mkcol,
    "PROPFIND": propfind.propfind,
    "PROPPATCH": books.proppatch,
    "REPORT": reports.report,
}
_ALLOW = ", ".join(["OPTIONS", *HANDLERS])


class Front:
    """The CardDAV face as an ASGI application."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._bucket = hall.buckets["dav"]
        self._lane = hall.lanes["interactive"]
        self._gate = auth.Gate(hall)

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path is one of this face."""
        return path.startswith("/dav/") or path in {ROOT, WELL_KNOWN}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        begun = time.monotonic()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = self._hall.request_id(headers)
        method: str = scope["method"]
        out: Headers = [(b"x-request-id", request_id), (b"dav", OFFERED.encode())]
        out.append((b"cache-control", b"private, no-cache"))
        answer = await self._answered(scope, receive, headers, request_id.decode(), begun)
        sent = await _reply(send, answer, out, head=method == "HEAD")
        spent = time.monotonic() - begun
        known = method if method in HANDLERS or method == "OPTIONS" else "OTHER"
        self._hall.house.metrics.route(known, _TEMPLATE).observe(answer.status, spent)
        self._hall.access.write(known, _TEMPLATE, answer.status, spent, request_id.decode(), sent)

    async def _answered(
        self,
        scope: Scope,
        receive: Receive,
        headers: dict[bytes, bytes],
        request_id: str,
        begun: float,
    ) -> Told:
        hall = self._hall
        task = hall.deadlines.begin(begun + limits.DAV_DEADLINE_S)
        try:
            return await self._handled(scope, receive, headers, request_id, begun)
        except Problem as problem:
            if problem.status >= 500:
                logs.error(hall.log, "request.refused", problem, request_id=request_id)
            hall.refused(problem)
            return told.refused(problem)
        except asyncio.CancelledError:
            if not hall.deadlines.was_cut(task):
                raise
            return told.refused(Overloaded())
        except Exception as error:  # noqa: BLE001  the last wall: whatever it is, the client gets an answer
            logs.error(hall.log, "request.broken", error, route=_TEMPLATE, request_id=request_id)
            return told.refused(Broken())
        finally:
            hall.deadlines.end(task)

    async def _handled(
        self,
        scope: Scope,
        receive: Receive,
        headers: dict[bytes, bytes],
        request_id: str,
        begun: float,
    ) -> Told:
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        if path == WELL_KNOWN:
            return nothing(301, Location="/dav/")
        method = scope["method"]
        if method == "OPTIONS":
            return nothing(200, Allow=_ALLOW)
        handler = HANDLERS.get(method)
        if handler is None:
            # ACL too: access is fixed, and 403 is what RFC 3744 8.1 has for that.
            raise MethodNotAllowed(allowed=_ALLOW.split(", "))
        who = await self._gate.signed_in(scope, headers, begun)
        self._count(who, begun)
        asked = Asked(self._hall.house, request_id, headers, own(who, path), who)
        asked.network = origin.network(scope)
        if not self._lane.enter_now():
            await self._lane.enter()
        try:
            asked.body = await _body(asked, receive)
            await _if(asked)
            return await handler(asked)
        finally:
            self._lane.leave()

    def _count(self, who: DavCaller, now: float) -> None:
        try:
            self._bucket.take(who.owner, now)
        except RateLimited:
            self._hall.house.metrics.count("contacts_limits_refused_total", limit="dav").add()
            raise


async def _body(asked: Asked, receive: Receive) -> bytes:
    most = limits.DAV_RESOURCE if asked.target.kind is Kind.CARD else limits.JSON_BODY
    announced = asked.headers.get(b"content-length", b"0")
    receiving.sized(announced, most)
    return await receiving.whole(receive, most)


async def _if(asked: Asked) -> None:
    """Raises StaleRevision (412) when the If header does not hold."""
    header = asked.header(b"if")
    if not header:
        return

    async def standing(url: str) -> tuple[str | None, str | None]:
        try:
            target = own(asked.who, url) if url else asked.target
            return await _stands(asked, target)
        except NotFound:
            return None, None

    if not await conditions.hold(header, standing):
        raise StaleRevision


async def _stands(asked: Asked, target: Target) -> tuple[str | None, str | None]:
    if target.kind not in {Kind.BOOK, Kind.CARD}:
        return None, None
    listing = await asked.listing()
    book = next((book for book in listing.books.values() if book.name == target.book), None)
    if book is None:
        return None, None
    if target.kind is Kind.BOOK:
        return None, dav_changes.token(asked.house, listing.head, book, asked.projection)
    entry = asked.shelf(listing, book).get(target.name)
    if entry is None:
        return None, None
    return faces.tag(listing.head.epoch, entry.version, entry.lines, asked.version), None


async def _reply(send: Send, answer: Told, out: Headers, *, head: bool) -> int:
    """Send the answer; how many bytes its body had."""
    body, rest = answer.body, None
    if not isinstance(body, bytes):
        # Most answers in pieces are small: in one write they cost a client half the wait.
        rest = _gathered(body)
        body = await anext(rest, b"")
        rest = rest if len(body) >= _WRITE else None
    if rest is None and answer.status not in {204, 304}:
        out.append((b"content-length", b"%d" % len(body)))
    for name, value in answer.headers.items():
        out.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    await send({"type": "http.response.start", "status": answer.status, "headers": out})
    if rest is None:
        await send({"type": "http.response.body", "body": b"" if head else body})
        return len(body)
    await send({"type": "http.response.body", "body": body, "more_body": True})
    sent = len(body)
    async for piece in rest:
        sent += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return sent


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of at least `_WRITE`, but for the last."""
    held, size = [], 0
    async for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _WRITE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
