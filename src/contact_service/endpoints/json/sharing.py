"""Who may find me by what, and what of my profile they see."""

import msgspec

from contact_service.actions import sharing
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model.sharing import Audience, Sharing


class Choice(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What to change: members left out stay as they are, for a client may know fewer than there are."""

    phone: Audience | msgspec.UnsetType = msgspec.UNSET
    email: Audience | msgspec.UnsetType = msgspec.UNSET
    name: Audience | msgspec.UnsetType = msgspec.UNSET
    profile_photo: Audience | msgspec.UnsetType = msgspec.UNSET
    suggest_me: bool | msgspec.UnsetType = msgspec.UNSET
    account: Audience | msgspec.UnsetType = msgspec.UNSET


_CHOICE = msgspec.json.Decoder(Choice)


async def get(caller: Caller) -> Answer:
    """GET /v1/privacy/sharing -> {phone, email, name, profilePhoto, suggestMe, account}."""
    return bodies.answer(await caller.read(sharing.get))


async def put(caller: Caller) -> Answer:
    """PUT /v1/privacy/sharing -> what holds from now on."""
    sent = bodies.read(_CHOICE, caller.body)
    return bodies.answer(await caller.write(_choose, sent))


async def _choose(ctx: Context, sent: Choice) -> Sharing:
    named = {k: v for k, v in msgspec.structs.asdict(sent).items() if v is not msgspec.UNSET}
    chosen = msgspec.structs.replace(await sharing.get(ctx), **named)
    return await sharing.put(ctx, chosen)


ROUTES = (
    Route(
        "GET",
        "/v1/privacy/sharing",
        get,
        "privacy",
        "privacy",
        "Read sharing",
        {200: Sharing},
    ),
    Route(
        "PUT",
        "/v1/privacy/sharing",
        put,
        "privacy",
        "privacy",
        "Choose sharing",
        {200: Sharing},
        body=Body({JSON: Choice}, limits.JSON_BODY),
    ),
)
