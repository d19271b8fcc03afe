"""A client of the application in its own process: one request, one Reply, no socket."""

import asyncio
import itertools
import secrets
import time
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from joserfc import jwk

from contact_service.actions.context import House
from contact_service.endpoints import app, auth
from contact_service.endpoints.app import App
from contact_service.model.ids import OwnerId
from contact_service.telemetry import logs
from contact_service.vault.access import Issuer, Verifier

ISSUER = Issuer(jwk.OKPKey.generate_key("Ed25519"))
ALL = tuple(auth.SCOPES)
Headers = list[tuple[bytes, bytes]]


class Reply:
    """What came back."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.pairs = headers
        self.headers = {name.decode(): value.decode() for name, value in headers}
        self.body = body

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def slug(self) -> str:
        """The Problem's."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        told = self.json
        assert told["status"] == self.status or self.status == 200
        assert set(told) >= {"type", "title", "status", "detail"}
        return str(told["type"].removeprefix("/docs/problems/"))

    @property
    def comparable(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body without what differs between any two requests."""
        varying = {b"x-request-id", b"ratelimit", b"date"}
        return self.status, sorted(p for p in self.pairs if p[0] not in varying), self.body

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:300]!r}>"


async def call(
    application: Any,
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | list[bytes] = b"",
    *,
    cut: bool = False,
) -> Reply:
    """One request. A list body is sent in parts without a Content-Length; `cut`: the client goes away after them."""
    where, _, query = path.partition("?")
    parts = body if isinstance(body, list) else [body]
    sent = [(k.lower().encode(), v.encode("latin-1")) for k, v in headers]
    if not isinstance(body, list) and body:
        sent.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(where),
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": sent,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    messages = [
        {"type": "http.request", "body": part, "more_body": cut or i + 1 < len(parts)}
        for i, part in enumerate(parts)
    ]
    waiting = iter(messages)
    got: list[Any] = []

    async def receive() -> Any:
        return next(waiting, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        got.append(message)

    await application(scope, receive, send)
    start = got[0]
    return Reply(
        start["status"], list(start["headers"]), b"".join(m.get("body", b"") for m in got[1:])
    )


class Api:
    """The application as one owner meets it."""

    def __init__(
        self, application: Any, owner: str, scopes: Iterable[str] = ALL, ttl_s: float = 600
    ) -> None:
        self.app = application
        self.owner = owner
        self.token = ISSUER.mint(OwnerId(owner), scopes, ttl_s, time.time())

    def scoped(self, *scopes: str) -> "Api":
        return Api(self.app, self.owner, scopes)

    def other(self, owner: str) -> "Api":
        return Api(self.app, owner)

    async def __call__(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | list[bytes] = b"",
        cut: bool = False,
        **headers: str,
    ) -> Reply:
        """`if_match="…"` is the header If-Match; `json` is encoded."""
        sent = [("authorization", f"Bearer {self.token}")]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        if json is not None:
            body = msgspec.json.encode(json)
        if body and "content_type" not in headers:
            sent.append(("content-type", "application/json"))
        return await call(self.app, method, path, sent, body, cut=cut)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self("GET", path, **headers)

    async def post(self, path: str, json: Any = None, **more: Any) -> Reply:
        return await self("POST", path, json, **more)

    async def put(self, path: str, json: Any = None, **more: Any) -> Reply:
        return await self("PUT", path, json, **more)

    async def patch(self, path: str, json: Any = None, **more: Any) -> Reply:
        return await self("PATCH", path, json, **more)

    async def delete(self, path: str, **headers: str) -> Reply:
        return await self("DELETE", path, **headers)

    async def consents(self, *purposes: str) -> "Api":
        for purpose in purposes:
            told = await self.put(
                f"/v1/privacy/consents/{purpose}", {"policyVersion": "1", "source": "api"}
            )
            assert told.status == 200, told
        return self

    async def upload(self, *contacts: dict[str, Any], **more: Any) -> Reply:
        source = {"kind": "ios", "deviceId": more.pop("device", "d1")}
        sent = {"source": source, "view": more.pop("view", "partial"), "contacts": list(contacts)}
        return await self.post("/v1/contacts:upload", sent, **more)

    async def register(self, user: "Api", *identifiers: str, **more: Any) -> None:
        told = await self.put(
            f"/v1/directory/users/{quote(user.owner)}",
            {"identifiers": list(identifiers), "discoverable": True, **more},
        )
        assert told.status == 200, told


def build(house: House, **more: Any) -> App:
    return app.build(
        house, Verifier([ISSUER.trust()]), house.settings, log=logs.make("error"), **more
    )


def fresh(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:12]}"


_NUMBERS = 8_000_000
_STRIDE = 4_944_271  # the golden section of them, coprime: all come once, and any few lie far apart
_FIRST = secrets.randbelow(_NUMBERS)
_drawn = itertools.count()


def number() -> str:
    """A phone number that this process has not had, of +1 415, and near none that it had: drawn at random, one of 1,300
    would come twice in every tenth test.
    """
    at = (_FIRST + next(_drawn) * _STRIDE) % _NUMBERS
    return f"+1415{2_000_000 + at}"


def person(name: str, *phones: str, **members: Any) -> dict[str, Any]:
    return {
        "@type": "Card",
        "version": "1.0",
        "name": {"full": name},
        "phones": {f"p{i}": {"number": text} for i, text in enumerate(phones)},
        **members,
    }


def item(source: str, name: str, *phones: str, **members: Any) -> dict[str, Any]:
    return {"sourceId": source, "card": person(name, *phones, **members)}


async def many(*calls: Any) -> list[Reply]:
    return list(await asyncio.gather(*calls))
