"""A Route: all that is known of one operation of the API. Routing, access, limits, OpenAPI, docs are read from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contact_service.actions.idempotency import Answer
from contact_service.endpoints.caller import Caller
from contact_service.model.problem import Problem

JSON = "application/json"
NDJSON = "application/x-ndjson"
VCARD = "text/vcard"

Handler = Callable[[Caller], Awaitable[Answer]]
Lane = Literal["interactive", "bulk", "files", "internal"]


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query string. `kind` is a type whose JSON schema describes it."""

    name: str
    kind: Any
    doc: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: its type by media type, at most `most_bytes`. `streamed`: the handler takes it in as it
    arrives (`Caller.arriving`), of whatever media type it is said to be.
    """

    kinds: Mapping[str, Any]
    most_bytes: int
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `scope` None needs no token; `limit` names a CONTACT_LIMIT_; `answers` has the type of each
    expected status (None: no body; a media type as text: that; a tuple: one of these). `conditional`: knows
    If-None-Match (304); `guarded`: knows If-Match (412).
    """

    method: str
    path: str
    handler: Handler
    scope: str | None
    limit: str | None
    summary: str
    answers: Mapping[int, Any]
    body: Body | None = None
    query: tuple[Query, ...] = ()
    problems: tuple[type[Problem], ...] = ()
    lane: Lane = "interactive"
    conditional: bool = False
    guarded: bool = False
    media: tuple[str, ...] = field(default=(JSON,))

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method in {"PUT", "PATCH", "DELETE"} or (
            self.method == "POST" and self.scope not in {"contacts.read", "discovery"}
        )


LIMIT = Query("limit", int, "How many, 1 to 1000; 200 when absent.")
CURSOR = Query("cursor", str, "The `next` of the page before.")
BOOK = Query("book", str, "Only contacts of this address book, by its name in URLs.")
