"""Our directory as a Header Store, by the contract that any must keep (docs/contracts/header-store.openapi.yaml)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from contact_service.actions import header_feed
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import asking, limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.integrations.header_store import MOST, HeaderUser, Page, Users
from contact_service.model import ids
from contact_service.model.ids import UserId
from contact_service.model.problem import (
    InvalidId,
    InvalidParameter,
    NotFound,
    SyncTokenExpired,
    TooLarge,
)


class Wanted(msgspec.Struct, frozen=True, rename="camel"):
    """At most 500 ids."""

    user_ids: list[Annotated[str, Meta(max_length=128)]]


_WANTED = msgspec.json.Decoder(Wanted)


async def get(caller: Caller) -> Answer:
    """GET /v1/users/{userId} -> the user; 304 when the version still is the one that is known."""
    found = await caller.read(header_feed.user, ids.user_id(caller.params["userId"]))
    tag = f'"{found.version}"'
    if asking.unchanged(caller.headers.get(b"if-none-match"), tag):
        return Answer(304, {"ETag": tag}, b"")
    return bodies.answer(found, headers={"ETag": tag})


async def batch(caller: Caller) -> Answer:
    """POST /v1/users:batchGet {userIds} -> {users}: those that are some."""
    sent = bodies.read(_WANTED, caller.body)
    if len(sent.user_ids) > MOST:
        raise TooLarge(MOST, "users a batch")
    wanted = [ids.user_id(text) for text in sent.user_ids]

    async def story(ctx: Context) -> Answer:
        return await _found(ctx, wanted)

    return await caller.ask(story)


async def _found(ctx: Context, wanted: list[UserId]) -> Answer:
    return bodies.answer(Users(await header_feed.batch(ctx, wanted)))


async def changes(caller: Caller) -> Answer:
    """GET /v1/users/changes?since= -> {changed, removed, more, token}; 410: begin without `since`."""
    return bodies.answer(await caller.read(header_feed.changes, caller.query("since")))


ROUTES = (
    Route(
        "GET",
        "/v1/users/changes",
        changes,
        "directory.write",
        "directory",
        "Users in the order of their changes",
        {200: Page},
        query=(Query("since", str, "The `token` of the page before; all users when absent."),),
        problems=(SyncTokenExpired, InvalidParameter),
    ),
    Route(
        "GET",
        "/v1/users/{userId}",
        get,
        "directory.write",
        "directory",
        "Read a user with its version",
        {200: HeaderUser},
        problems=(NotFound, InvalidId),
        conditional=True,
    ),
    Route(
        "POST",
        "/v1/users:batchGet",
        batch,
        "directory.write",
        "directory",
        "Read many users with their versions",
        {200: Users},
        body=Body({JSON: Wanted}, limits.JSON_BODY),
        problems=(InvalidId,),
    ),
)
