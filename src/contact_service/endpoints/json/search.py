"""Search as you type. POST keeps names out of URLs; a query string is logged by nobody here (api.md)."""

from typing import Annotated

import msgspec

from contact_service.actions import search
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import asking, limits, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.json.contacts import Contact
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.matching.highlight import Matched
from contact_service.model.owner import Head
from contact_service.model.problem import InvalidParameter


class Search(msgspec.Struct, frozen=True):
    """What is looked for; more than 256 characters are cut."""

    q: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=asking.MOST_LIMIT)] = asking.DEFAULT_LIMIT


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """A contact found; `score` 0 to 1 falls along the list, `matchedOn` tells where."""

    contact: Contact
    score: float
    matched_on: list[Matched]


class Results(msgspec.Struct, frozen=True):
    """Contacts found, best first."""

    results: list[Found]


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    contact: msgspec.Raw
    score: float
    matched_on: tuple[Matched, ...]


_SEARCH = msgspec.json.Decoder(Search)


async def get(caller: Caller) -> Answer:
    """GET /v1/search?q=&limit= -> {results}."""
    asked = caller.query("q")
    if asked is None:
        raise InvalidParameter("q", "needed")
    return await _found(
        caller, await caller.head(), Search(asked, asking.limit(caller.query("limit")))
    )


async def post(caller: Caller) -> Answer:
    """POST /v1/search {q, limit} -> {results}."""
    asked = bodies.read(_SEARCH, caller.body)
    head = await caller.head()

    async def story(_: Context) -> Answer:
        return await _found(caller, head, asked)

    if caller.headers.get(b"idempotency-key") is None:
        return await _found(caller, head, asked)
    return await caller.ask(story)


async def _found(caller: Caller, head: Head, asked: Search) -> Answer:
    found = await search.find(caller.house, head, asked.q, asked.limit)
    rows = [_Row(msgspec.Raw(card.body), hit.score, hit.matched_on) for card, hit in found]
    return bodies.answer({"results": rows})


ROUTES = (
    Route(
        "GET",
        "/v1/search",
        get,
        "contacts.read",
        "search",
        "Search (names in the URL: prefer POST)",
        {200: Results},
        query=(Query("q", str, "What is looked for.", required=True), routes.LIMIT),
        problems=(InvalidParameter,),
    ),
    Route(
        "POST",
        "/v1/search",
        post,
        "contacts.read",
        "search",
        "Search",
        {200: Results},
        body=Body({JSON: Search}, limits.JSON_BODY),
    ),
)
