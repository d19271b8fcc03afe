"""History, trash and restore of contacts; what was deleted is held for 30 days unless it is deleted for ever."""

from datetime import datetime

import msgspec

from contact_service.actions import history, rewind, trash
from contact_service.actions.context import Context
from contact_service.actions.history import Entry
from contact_service.actions.idempotency import Answer
from contact_service.actions.trash import Trashed
from contact_service.endpoints import asking, limits, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.json.contacts import Contact, written
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model import ids
from contact_service.model.ids import CardId
from contact_service.model.problem import (
    BookFull,
    InvalidCursor,
    InvalidId,
    InvalidParameter,
    NotFound,
    TooLarge,
    UidTaken,
)

_TRASH = "trash"


class History(msgspec.Struct, frozen=True):
    """A contact's revisions, newest first; `next` is the cursor of the page after it."""

    revisions: list[Entry]
    next: str | None


class RestoreOne(msgspec.Struct, frozen=True):
    """Which revision; none for what a deleted contact was last."""

    revision: str | None = None


class RestoreMany(msgspec.Struct, frozen=True):
    """The moment to go back to, for all contacts or those of `ids`; `ids` alone: out of the trash."""

    at: datetime | None = None
    ids: list[str] | None = None


class Restored(msgspec.Struct, frozen=True, rename="camel"):
    """How many contacts came back or were put back, and how many went to the trash because they were not there then."""

    restored: int
    removed: int
    sync_token: str


class TrashedContact(msgspec.Struct, frozen=True, rename="camel"):
    """A deleted contact as it was last."""

    contact: Contact
    deleted_at: datetime
    device: str | None


class Trash(msgspec.Struct, frozen=True):
    """A page of deleted contacts, by id."""

    contacts: list[TrashedContact]
    next: str | None


_ONE = msgspec.json.Decoder(RestoreOne)
_MANY = msgspec.json.Decoder(RestoreMany)


async def of_contact(caller: Caller) -> Answer:
    """GET /v1/contacts/{id}/history -> {revisions, next}, newest first."""
    card, limit = ids.card_id(caller.params["id"]), asking.limit(caller.query("limit"))
    name = f"history:{card}"
    before = _number(caller, name)
    found = await caller.read(history.page, card, before, limit)
    written_ones = [entry for entry in found if entry.kind != history.REFUSED]
    following = None
    if len(written_ones) == limit and written_ones[-1].revision != "1":
        position = written_ones[-1].revision.encode()
        following = caller.house.signer.cursor(caller.owner, name, position)
    return bodies.answer(History(found, following))


def _number(caller: Caller, name: str) -> int | None:
    sent = caller.query("cursor")
    if sent is None:
        return None
    return int(caller.house.signer.read_cursor(caller.owner, name, sent))


async def restore_one(caller: Caller) -> Answer:
    """POST /v1/contacts/{id}:restore -> Card: a revision's content comes back, as a new edit."""
    card = ids.card_id(caller.params["id"])
    asked = bodies.read(_ONE, caller.body or b"{}")

    async def story(ctx: Context) -> Answer:
        return written(await history.restore(ctx, card, asked.revision))

    return await caller.post(story)


async def restore_many(caller: Caller) -> Answer:
    """POST /v1/contacts:restore -> {restored, removed, syncToken}: the book as it was at a moment."""
    asked = bodies.read(_MANY, caller.body)
    if asked.ids is not None and len(asked.ids) > limits.RESTORED:
        raise TooLarge(limits.RESTORED, "ids a request")
    if asked.at is not None and asked.at.tzinfo is None:
        raise InvalidParameter("at", "a moment with its zone (RFC 3339)")
    named = [ids.card_id(one) for one in asked.ids] if asked.ids is not None else None

    async def story(ctx: Context) -> Answer:
        return await _restored(ctx, asked.at, named)

    return await caller.post(story)


async def _restored(ctx: Context, at: datetime | None, named: list[CardId] | None) -> Answer:
    if at is not None:
        done = await rewind.to(ctx, at, None if named is None else set(named))
    elif named is not None:
        done = await rewind.from_trash(ctx, named)
    else:
        raise InvalidParameter("at", "a moment or ids are needed")
    token = ctx.house.signer.sync_token(ctx.owner, ctx.head.epoch, done.version)
    return bodies.answer(Restored(done.restored, done.removed, token))


async def trashed(caller: Caller) -> Answer:
    """GET /v1/trash -> {contacts, next}, by id."""
    limit, after = asking.limit(caller.query("limit")), _position(caller)
    found = await caller.read(trash.page, after, limit + 1)
    following = None
    if len(found) > limit:
        position = str(found[limit - 1].id).encode()
        following = caller.house.signer.cursor(caller.owner, _TRASH, position)
    shown = b",".join([_shown(one) for one in found[:limit]])
    return Answer(200, {}, b'{"contacts":[%b],"next":%b}' % (shown, bodies.encode(following)))


def _shown(one: Trashed) -> bytes:
    rest = bodies.encode({"deletedAt": one.deleted_at, "device": one.device})
    return b'{"contact":%b,%b' % (one.body, rest[1:])


def _position(caller: Caller) -> CardId | None:
    sent = caller.query("cursor")
    if sent is None:
        return None
    return ids.card_id(caller.house.signer.read_cursor(caller.owner, _TRASH, sent).decode())


async def wipe(caller: Caller) -> Answer:
    """DELETE /v1/trash/{id} -> 204: for ever."""
    await caller.write(trash.wipe, ids.card_id(caller.params["id"]))
    return Answer(204, {}, b"")


_ID = (NotFound, InvalidId)
ROUTES = (
    Route(
        "GET",
        "/v1/contacts/{id}/history",
        of_contact,
        "contacts.read",
        "reads",
        "List a contact's revisions",
        {200: History},
        query=(routes.LIMIT, routes.CURSOR),
        problems=(*_ID, InvalidCursor, InvalidParameter),
    ),
    Route(
        "POST",
        "/v1/contacts/{id}:restore",
        restore_one,
        "contacts.write",
        "writes",
        "Restore a contact",
        {200: Contact},
        body=Body({JSON: RestoreOne}, limits.JSON_BODY),
        problems=(*_ID, InvalidParameter, UidTaken, BookFull),
    ),
    Route(
        "POST",
        "/v1/contacts:restore",
        restore_many,
        "contacts.write",
        "uploads",
        "Restore the book to a moment",
        {200: Restored},
        body=Body({JSON: RestoreMany}, limits.JSON_BODY),
        problems=(*_ID, InvalidParameter, UidTaken, BookFull, TooLarge),
        lane="bulk",
    ),
    Route(
        "GET",
        "/v1/trash",
        trashed,
        "contacts.read",
        "reads",
        "List deleted contacts",
        {200: Trash},
        query=(routes.LIMIT, routes.CURSOR),
        problems=(InvalidCursor, InvalidParameter),
    ),
    Route(
        "DELETE",
        "/v1/trash/{id}",
        wipe,
        "contacts.write",
        "writes",
        "Delete for ever",
        {204: None},
        problems=_ID,
    ),
)
