"""Look-up of identifiers that are in no book. Nothing is kept, and a miss says nothing of its reason."""

from typing import Any

import msgspec

from contact_service.actions import discover
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model.ids import UserId
from contact_service.model.match import Profile
from contact_service.model.problem import ConsentRequired, TooLarge


class Lookup(msgspec.Struct, frozen=True):
    """At most 1,000 identifiers: `tel:+14155550123`, `mailto:a@b.c`. `receipts` have no effect yet."""

    identifiers: list[str]
    receipts: list[str] = []


class LookupMatch(msgspec.Struct, frozen=True, rename="camel"):
    """An identifier, as asked, and the user it is."""

    identifier: str
    user_id: UserId
    profile: Profile


class LookupAnswer(msgspec.Struct, frozen=True):
    """Hits only, in request order; `invalid` are positions of what is no identifier. `budget`, `receipt`: not yet."""

    matches: list[LookupMatch]
    invalid: list[int]
    budget: dict[str, Any] | None = None
    receipt: str | None = None


_LOOKUP = msgspec.json.Decoder(Lookup)


async def post(caller: Caller) -> Answer:
    """POST /v1/discovery/lookup -> {matches, invalid, budget, receipt}; 403 without the consent `match`."""
    asked = bodies.read(_LOOKUP, caller.body).identifiers
    if len(asked) > limits.LOOKUP:
        raise TooLarge(limits.LOOKUP, "identifiers a look-up")

    async def story(ctx: Context) -> Answer:
        looked = await discover.lookup(ctx, asked)
        found = [LookupMatch(text, hit.user_id, hit.profile) for text, hit in looked.found]
        return bodies.answer(LookupAnswer(found, looked.invalid))

    return await caller.ask(story)


ROUTES = (
    Route(
        "POST",
        "/v1/discovery/lookup",
        post,
        "discovery",
        "discovery",
        "Look up identifiers",
        {200: LookupAnswer},
        body=Body({JSON: Lookup}, limits.JSON_BODY),
        problems=(ConsentRequired,),
    ),
)
