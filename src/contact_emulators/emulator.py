"""What every emulated neighbour is: a stateful ASGI app with an editable store, fault knobs, a log without secrets,
and answers that are checked against what the real one publishes.

    class Google(Emulator):
        name = "google"
        schema_file = "google-people.openapi.json"

        def operations(self): return (Operation("connections", "/v1/people/me/connections", self.list_connections, …),)
        def refusal(self, status, reason=""): …    # an error in the provider's own form

A request goes: log, knobs that refuse, the bearer token and its scopes, the operation, the check, knobs that spoil.
"""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from contact_emulators.answers import UNCHECKED, Answer, Listing, on_the_wire, spoiled
from contact_emulators.knobs import BREAKS_SCHEMA, Fault, Knob, Knobs
from contact_emulators.schemas import Schemas

SECRET = frozenset(
    "access_token apikey client_secret code code_verifier fb_exchange_token refresh_token token".split()
)
"""Parameters that no log has."""
KEPT_SEEN = 10_000


@dataclass(frozen=True)
class Call:
    """One request of an operation; `knobs`: those that act upon it; `scopes`: what its token was granted."""

    request: Request
    operation: str
    knobs: list[Knob]
    scopes: frozenset[str] = frozenset()

    def fault(self, fault: Fault) -> Knob | None:
        """The knob of that fault that acts upon this request."""
        return next((knob for knob in self.knobs if knob.fault is fault), None)


@dataclass(frozen=True)
class Operation:
    """`answer` tells what `path` gives. `scopes`: one of them must have been granted, none for no demand; `open`: no
    bearer token is needed; `listing`: where its pages have their parts, so that the common faults can spoil them.
    """

    id: str
    path: str
    answer: Callable[[Call], Awaitable[Answer]]
    methods: tuple[str, ...] = ("GET",)
    scopes: frozenset[str] = frozenset()
    open: bool = False
    listing: Listing | None = None


class LetIn(msgspec.Struct, frozen=True):
    """A bearer token to be taken."""

    token: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A request that came, without secrets, and the status it got."""

    operation: str
    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    status: int


class Emulator(ABC):
    """`tokens`: which bearer tokens are taken, and the scopes granted with each. `seen`: the latest requests. `wrong`:
    answers that were not what the published schema says, which is a fault of the emulator: tests hold it empty.
    """

    name: ClassVar[str]
    schema_file: ClassVar[str] = ""
    error_schema: ClassVar[str] = ""
    null_allowed: ClassVar[bool] = False

    def __init__(self, schemas: Path | None = None) -> None:
        self.knobs = Knobs()
        self.tokens: dict[str, frozenset[str]] = {}
        self._dies: dict[str, float] = {}
        self.seen: list[Seen] = []
        self.wrong: list[str] = []
        self._schemas = (
            Schemas(schemas / self.schema_file, null_allowed=self.null_allowed)
            if schemas is not None and self.schema_file
            else None
        )
        self.app = Starlette(routes=[*self._routes(), *self._admin()])

    @abstractmethod
    def operations(self) -> Sequence[Operation]:
        """What it answers."""

    @abstractmethod
    def refusal(self, status: int, reason: str = "") -> Answer:
        """An error in the provider's own form; `reason` is a slug that it knows."""

    def routes(self) -> Sequence[BaseRoute]:
        """Routes beside the operations: pages for people, edits over HTTP."""
        return ()

    def fill(self, contacts: int, seed: int) -> None:  # noqa: B027  some have no book to fill
        """Gives the store as many made-up records; nothing where there is no book."""

    def let_in(self, token: str, scopes: Iterable[str], lives_s: float | None = None) -> None:
        """Takes the token from now on, for that long."""
        self.tokens[token] = frozenset(scopes)
        if lives_s is not None:
            self._dies[token] = time.monotonic() + lives_s

    def shut_out(self, token: str) -> None:
        """Takes the token no longer."""
        self.tokens.pop(token, None)

    def granted(self, token: str) -> frozenset[str] | None:
        """The scopes granted with the token; None for one that is unknown or dead."""
        if self._dies.get(token, math.inf) < time.monotonic():
            self.shut_out(token)
        return self.tokens.get(token)

    def asked(self, operation: str) -> int:
        """How many requests of `operation` have come."""
        return sum(seen.operation == operation for seen in self.seen)

    def checked(self, answer: Answer) -> Answer:
        """The answer; when it is not what the published schema says, that is kept in `wrong`."""
        schema = answer.schema or (self.error_schema if answer.status >= 400 else "")
        if self._schemas is not None and schema not in {"", UNCHECKED}:
            self.wrong.extend(self._schemas.wrong(schema, answer.body))
        return answer

    def _routes(self) -> list[BaseRoute]:
        made: list[BaseRoute] = [
            Route(it.path, _endpoint(self, it), methods=list(it.methods))
            for it in self.operations()
        ]
        return [*made, *self.routes()]

    async def serve(self, operation: Operation, request: Request) -> Response:
        """One request, from the log to the wire."""
        knobs = self.knobs.turned(operation.id)
        answer = await self._answer(operation, request, knobs)
        if not any(knob.fault in BREAKS_SCHEMA for knob in knobs):
            self.checked(answer)
        asked = _asked(operation.listing, request)
        self._note(operation, request, answer.status)
        return on_the_wire(spoiled(answer, operation.listing, knobs, asked), knobs)

    async def _answer(self, operation: Operation, request: Request, knobs: list[Knob]) -> Answer:
        refused = self._refused(knobs)
        if refused is not None:
            return refused
        granted: frozenset[str] | None = frozenset()
        if not operation.open:
            granted = self._granted(request)
        if granted is None:
            return self.refusal(401)
        if operation.scopes and not operation.scopes & granted:
            return self.refusal(403)
        return await operation.answer(Call(request, operation.id, knobs, granted))

    def _refused(self, knobs: list[Knob]) -> Answer | None:
        for knob in knobs:
            match knob.fault:
                case Fault.TOO_MANY:
                    told = self.refusal(429)
                    headers = {"Retry-After": knob.value} if knob.value else {}
                    return replace(told, headers={**told.headers, **headers})
                case Fault.UNAUTHORISED:
                    return self.refusal(401)
                case Fault.FORBIDDEN:
                    return self.refusal(403, knob.value)
                case Fault.AWAY:
                    return self.refusal(int(knob.value or 503))
        return None

    def _granted(self, request: Request) -> frozenset[str] | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = request.query_params.get("access_token", "")
        return self.granted(token)

    def _note(self, operation: Operation, request: Request, status: int) -> None:
        params = tuple(p for p in request.query_params.multi_items() if p[0] not in SECRET)
        self.seen.append(Seen(operation.id, request.method, request.url.path, params, status))
        del self.seen[:-KEPT_SEEN]

    def _admin(self) -> list[BaseRoute]:
        return [
            Route("/_admin/knobs", self._admin_knobs, methods=["GET", "POST", "DELETE"]),
            Route("/_admin/seen", self._admin_seen, methods=["GET"]),
            Route("/_admin/tokens", self._admin_tokens, methods=["POST"]),
        ]

    async def _admin_knobs(self, request: Request) -> Response:
        """GET what is set, POST one more, DELETE all."""
        if request.method == "POST":
            try:
                self.knobs.add(msgspec.json.decode(await request.body(), type=Knob))
            except msgspec.DecodeError as error:
                return JSONResponse({"error": str(error)}, 400)
        elif request.method == "DELETE":
            self.knobs.clear()
        return JSONResponse(msgspec.to_builtins(self.knobs.listed()))

    async def _admin_tokens(self, request: Request) -> Response:
        """POST a bearer token that is to be taken, with its scopes: for a first look without OAuth."""
        try:
            wanted = msgspec.json.decode(await request.body(), type=LetIn)
        except msgspec.DecodeError as error:
            return JSONResponse({"error": str(error)}, 400)
        self.let_in(wanted.token, wanted.scopes)
        return Response(status_code=204)

    async def _admin_seen(self, _: Request) -> Response:
        """GET the latest requests."""
        return JSONResponse([msgspec.to_builtins(seen) for seen in self.seen])


def _endpoint(emulator: Emulator, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await emulator.serve(operation, request)

    return endpoint


def _asked(listing: Listing | None, request: Request) -> str:
    """The token, or the whole URL, that the request was made with."""
    if listing is None:
        return ""
    return (
        str(request.url)
        if listing.next_is_link
        else request.query_params.get(listing.parameter, "")
    )


def bounded(value: Any, low: int, high: int, default: int) -> int:
    """A page size as it was asked for, within what the provider takes."""
    try:
        return max(low, min(high, int(value))) if value is not None else default
    except ValueError:
        return default
