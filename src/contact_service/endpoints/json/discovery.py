"""Look-up of identifiers that are in no book, and the budget that every way of asking draws on.

Nothing that was asked is kept, and a miss says nothing of its reason.
"""

from functools import partial

import msgspec

from contact_service.actions import budget, discover
from contact_service.actions.budget import Left
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model.discovery_problem import DiscoveryBudget
from contact_service.model.ids import UserId
from contact_service.model.match import Profile
from contact_service.model.problem import ConsentRequired, TooLarge


class Lookup(msgspec.Struct, frozen=True):
    """At most 1,000 identifiers: `tel:+14155550123`, `mailto:a@b.c`, `account:x:4711`. `receipts` of earlier
    answers, in the order of their identifiers, which come first: those cost nothing again.
    """

    identifiers: list[str]
    receipts: list[str] = []


class LookupMatch(msgspec.Struct, frozen=True, rename="camel"):
    """An identifier, as asked, and the user it is."""

    identifier: str
    user_id: UserId
    profile: Profile


class LookupAnswer(msgspec.Struct, frozen=True):
    """Hits only, in request order; `invalid` are positions of what is no identifier. `receipt` is for what this request
    was charged, null when nothing was; it is good for 90 days.
    """

    matches: list[LookupMatch]
    invalid: list[int]
    budget: Left
    receipt: str | None


_LOOKUP = msgspec.json.Decoder(Lookup)


async def post(caller: Caller) -> Answer:
    """POST /v1/discovery/lookup -> {matches, invalid, budget, receipt}; 403 without the consent `match`, 423, 429."""
    discover.admit(await caller.head())
    lookup = _lookup(caller.body)
    asked = discover.read(lookup.identifiers)
    charged = await caller.pay(partial(discover.charge, asked=asked, shown=lookup.receipts))
    found = await caller.read(discover.find, asked)
    if charged.paid and not charged.again:
        await caller.write(discover.weigh, charged, asked, found)
    matches = [LookupMatch(text, hit.user_id, hit.profile) for text, hit in found]
    return bodies.answer(LookupAnswer(matches, asked.invalid, charged.left, charged.receipt))


def _lookup(body: bytes) -> Lookup:
    found = bodies.read(_LOOKUP, body)
    if max(len(found.identifiers), len(found.receipts)) > limits.LOOKUP:
        raise TooLarge(limits.LOOKUP, "identifiers a look-up")
    return found


async def get_budget(caller: Caller) -> Answer:
    """GET /v1/discovery/budget -> {left, refillPerDay, nextAt, class}."""
    return bodies.answer(await caller.read(budget.left))


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
        problems=(ConsentRequired, DiscoveryBudget),
    ),
    Route(
        "GET",
        "/v1/discovery/budget",
        get_budget,
        "discovery",
        "discovery",
        "What may still be looked up",
        {200: Left},
    ),
)
