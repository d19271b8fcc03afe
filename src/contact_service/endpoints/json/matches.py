"""Who of my contacts is on the app, as the gate says at this moment."""

import contextlib

import msgspec

from contact_service.actions import match
from contact_service.actions.idempotency import Answer
from contact_service.actions.match import Found
from contact_service.endpoints import asking, routes, veil
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies, listing
from contact_service.endpoints.routes import Route
from contact_service.model.ids import CardId, UserId
from contact_service.model.match import Profile
from contact_service.model.owner import Head
from contact_service.model.problem import (
    ConsentRequired,
    InvalidCursor,
    InvalidParameter,
    Problem,
)

_LIST = "matches"


class MatchShown(msgspec.Struct, frozen=True, rename="camel"):
    """A contact and the user it is; of the profile what that user shares with me."""

    contact_id: CardId
    user_id: UserId
    profile: Profile


class Matches(msgspec.Struct, frozen=True):
    """A page of matches, by contact and user."""

    matches: list[MatchShown]
    next: str | None


@veil.behind
async def page(caller: Caller) -> Answer:
    """GET /v1/matches -> {matches, next}; 304 when the same would be shown; 403 without the consent `match`."""
    limit, after = asking.limit(caller.query("limit")), _position(caller, caller.query("cursor"))
    stored = await caller.read(match.current)
    if stored is None:
        await caller.write(match.refresh)
        stored = await caller.read(match.stored)
    found = [one for one in sorted(stored, key=_place) if _place(one) > after]
    following = _cursor(caller, found[limit - 1]) if len(found) > limit else None
    shown = [MatchShown(f.card, f.disclosed.user_id, f.disclosed.profile) for f in found[:limit]]
    return listing.tagged(caller, bodies.encode(Matches(shown, following)))


async def pull(caller: Caller, head: Head) -> None:
    """Match the owner's book again at a sync, if this process knows without asking that it may be worth it.

    A match changes no card, so the sync tells nothing of it, nor does it fail by it.
    """
    if caller.house.pulse.due(head, caller.house.settings.rematch_interval_s):
        with contextlib.suppress(Problem):
            if await caller.read(match.due):
                await caller.write(match.refresh)


def _cursor(caller: Caller, last: Found) -> str:
    return caller.house.signer.cursor(caller.owner, _LIST, "/".join(_place(last)).encode())


def _place(found: Found) -> tuple[str, str]:
    return str(found.card), found.disclosed.user_id


def _position(caller: Caller, cursor: str | None) -> tuple[str, str]:
    if cursor is None:
        return "", ""
    # Neither id holds a slash (api.md).
    position = caller.house.signer.read_cursor(caller.owner, _LIST, cursor).decode()
    card, _, user = position.partition("/")
    return card, user


ROUTES = (
    Route(
        "GET",
        "/v1/matches",
        page,
        "discovery",
        "discovery",
        "Contacts that are users",
        {200: Matches},
        query=(routes.LIMIT, routes.CURSOR),
        problems=(ConsentRequired, InvalidCursor, InvalidParameter),
        conditional=True,
    ),
)
