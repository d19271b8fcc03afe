"""Blocks: the answer never tells which ids exist."""

from datetime import datetime

import msgspec

from contact_service.actions import block
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import asking, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import Route
from contact_service.model import ids
from contact_service.model.ids import UserId
from contact_service.model.problem import (
    CannotBlockYourself,
    InvalidCursor,
    InvalidId,
    InvalidParameter,
)

_LIST = "blocks"


class BlockShown(msgspec.Struct, frozen=True, rename="camel"):
    """A user I refuse, and since when."""

    user_id: UserId
    since: datetime


class Blocks(msgspec.Struct, frozen=True):
    """A page of blocks, by user id."""

    blocks: list[BlockShown]
    next: str | None


async def page(caller: Caller) -> Answer:
    """GET /v1/blocks -> {blocks, next}."""
    limit, after = asking.limit(caller.query("limit")), _position(caller)
    found = await caller.read(block.page, after, limit + 1)
    shown = [BlockShown(one.user, one.since) for one in found[:limit]]
    following = _cursor(caller, shown[-1]) if len(found) > limit else None
    return bodies.answer(Blocks(shown, following))


def _cursor(caller: Caller, last: BlockShown) -> str:
    return caller.house.signer.cursor(caller.owner, _LIST, last.user_id.encode())


def _position(caller: Caller) -> str:
    sent = caller.query("cursor")
    if sent is None:
        return ""
    return caller.house.signer.read_cursor(caller.owner, _LIST, sent).decode()


async def put(caller: Caller) -> Answer:
    """PUT /v1/blocks/{userId} -> 204, also when it stands already; 409 cannot-block-yourself."""
    await caller.write(block.add, ids.user_id(caller.params["userId"]))
    return Answer(204, {}, b"")


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/blocks/{userId} -> 204, also when there was none."""
    await caller.write(block.remove, ids.user_id(caller.params["userId"]))
    return Answer(204, {}, b"")


ROUTES = (
    Route(
        "GET",
        "/v1/blocks",
        page,
        "privacy",
        "privacy",
        "List blocks",
        {200: Blocks},
        query=(routes.LIMIT, routes.CURSOR),
        problems=(InvalidCursor, InvalidParameter),
    ),
    Route(
        "PUT",
        "/v1/blocks/{userId}",
        put,
        "privacy",
        "privacy",
        "Block a user",
        {204: None},
        problems=(CannotBlockYourself, InvalidId),
    ),
    Route(
        "DELETE",
        "/v1/blocks/{userId}",
        delete,
        "privacy",
        "privacy",
        "Take a block back",
        {204: None},
        problems=(InvalidId,),
    ),
)
