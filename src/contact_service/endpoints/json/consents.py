"""What the owner allowed, purpose by purpose (GDPR Art. 7): giving and withdrawing is one call each."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contact_service.actions import consent as story
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model import consent
from contact_service.model.consent import Consent, Purpose
from contact_service.model.problem import NotFound


class Grant(msgspec.Struct, frozen=True, rename="camel"):
    """Under which policy, and where it was given."""

    policy_version: Annotated[str, Meta(min_length=1, max_length=64)]
    source: Literal["ios", "android", "web", "api", "demo"] = "api"


class ConsentShown(msgspec.Struct, frozen=True, rename="camel"):
    """The newest decision on a purpose."""

    purpose: Purpose
    granted: bool
    policy_version: str
    source: str
    at: datetime


class Consents(msgspec.Struct, frozen=True):
    """The purposes that were ever decided on."""

    consents: list[ConsentShown]


_GRANT = msgspec.json.Decoder(Grant)


async def page(caller: Caller) -> Answer:
    """GET /v1/privacy/consents -> {consents}."""
    return bodies.answer(Consents([_shown(c) for c in await caller.read(story.listed)]))


async def put(caller: Caller) -> Answer:
    """PUT /v1/privacy/consents/{purpose} {policyVersion, source} -> the consent; a repeat keeps the first date."""
    purpose = consent.purpose(caller.params["purpose"])
    sent = bodies.read(_GRANT, caller.body)
    given = await caller.write(story.grant, purpose, sent.policy_version, sent.source)
    return bodies.answer(_shown(given))


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/privacy/consents/{purpose} -> 204; what only it allowed is removed in this call."""
    await caller.write(story.withdraw, consent.purpose(caller.params["purpose"]))
    return Answer(204, {}, b"")


def _shown(one: Consent) -> ConsentShown:
    return ConsentShown(one.purpose, one.granted, one.policy_version, one.source, one.at)


_PATH = "/v1/privacy/consents/{purpose}"
ROUTES = (
    Route(
        "GET",
        "/v1/privacy/consents",
        page,
        "privacy",
        "privacy",
        "List consents",
        {200: Consents},
    ),
    Route(
        "PUT",
        _PATH,
        put,
        "privacy",
        "privacy",
        "Record a consent",
        {200: ConsentShown},
        body=Body({JSON: Grant}, limits.JSON_BODY),
        problems=(NotFound,),
    ),
    Route(
        "DELETE",
        _PATH,
        delete,
        "privacy",
        "privacy",
        "Withdraw a consent",
        {204: None},
        problems=(NotFound,),
    ),
)
