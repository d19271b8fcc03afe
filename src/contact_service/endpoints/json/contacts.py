"""Contacts one at a time and as a list (RFC 9553 cards; conditions per RFC 9110 13)."""

from typing import Any

import msgspec

from contact_service.actions import cards, inline_photos, photos, view
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.actions.writing import Written
from contact_service.endpoints import asking, limits, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies, listing
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.model import ids
from contact_service.model.card import Card, Fields
from contact_service.model.ids import CardId
from contact_service.model.owner import etag
from contact_service.model.problem import (
    BaseExpired,
    BookFull,
    ConsentRequired,
    InvalidCard,
    InvalidCursor,
    InvalidId,
    InvalidParameter,
    NotFound,
    StaleRevision,
    UidTaken,
    Unprocessable,
)

_PATCH = msgspec.json.Decoder(dict[str, Any])


class Contact(Fields, frozen=True, kw_only=True):
    """A JSContact Card with our `id`, its `etag` and the `addressBook` it lies in. Unknown members are kept."""

    id: str
    etag: str
    address_book: str = msgspec.field(name="addressBook")


class Contacts(msgspec.Struct, frozen=True, rename="camel"):
    """A page of contacts by id; `next` is the cursor of the page after it."""

    contacts: list[Contact]
    next: str | None
    sync_token: str


class ContactConflict(msgspec.Struct, frozen=True):
    """What both sides of a merge had changed: the value at `path` that was kept, and the one in the history."""

    path: str
    kept: Any
    dropped: Any


class Merged(Contact, frozen=True, kw_only=True, omit_defaults=True):
    """A contact after an edit; `conflicts` is there when the edit was made on an older one and both had changed it."""

    conflicts: tuple[ContactConflict, ...] = ()


class Patch(msgspec.Struct, frozen=True):
    """Paths and their new values (RFC 8620 5.3), null removes: `{"phones/p1/number": "…", "notes": null}`; or the paths
    in `patch`, beside the `base` etag they were made on: what changed since is merged, by property.
    """

    base: str | None = None
    patch: dict[str, Any] | None = None


async def page(caller: Caller) -> Answer:
    """GET /v1/contacts -> {contacts, next, syncToken}; 304 when nothing changed."""
    asked = listing.read(caller)
    head = await caller.head()
    tag = etag(head.epoch, head.version)
    if asked.plain and asking.unchanged(caller.headers.get(b"if-none-match"), tag):
        return Answer(304, {"ETag": tag}, b"")
    book = await view.book(caller.house, head)
    if asked.plain:
        return listing.plain(caller, book, asked.limit)
    return await listing.filtered(caller, book, asked)


async def post(caller: Caller) -> Answer:
    """POST /v1/contacts -> 201 Card, with Location; 200 when a live one with this uid and content stands already."""
    raw = bodies.card(caller.body)
    await photos.prepare(caller.house, [Card(raw)])

    async def story(ctx: Context) -> Answer:
        made = await cards.create(ctx, raw)
        return written(made, {"Location": f"/v1/contacts/{made.id}"})

    return await caller.post(story)


async def get(caller: Caller) -> Answer:
    """GET /v1/contacts/{id} -> Card; 304 when the tag still fits."""
    book = await view.book(caller.house, await caller.head())
    card = book.get(caller.params["id"])
    if card is None:
        ids.card_id(caller.params["id"])
        raise NotFound
    tag = etag(book.head.epoch, card.version)
    if asking.unchanged(caller.headers.get(b"if-none-match"), tag):
        return Answer(304, {"ETag": tag}, b"")
    return Answer(200, {"ETag": tag}, card.body)


async def put(caller: Caller) -> Answer:
    """PUT /v1/contacts/{id} -> Card; 412 when If-Match is stale."""
    card = ids.card_id(caller.params["id"])
    raw = bodies.card(caller.body)
    await photos.prepare(caller.house, [Card(raw)])
    return written(await caller.write(cards.replace, card, raw, await matched(caller, card)))


async def patch(caller: Caller) -> Answer:
    """PATCH /v1/contacts/{id} -> Card; merged when made on another `base`; 412 when If-Match is stale."""
    card = ids.card_id(caller.params["id"])
    base, changes = _changes(bodies.read(_PATCH, caller.body))
    await inline_photos.prepare_changes(caller.house, changes)
    tag = await matched(caller, card)
    made = await caller.write(cards.patch, card, changes, base=base, if_match=tag)
    return written(made)


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/contacts/{id} -> 204; 412 when If-Match is stale."""
    card = ids.card_id(caller.params["id"])
    await caller.write(cards.delete, card, await matched(caller, card))
    return Answer(204, {}, b"")


def written(made: Written, headers: dict[str, str] | None = None) -> Answer:
    """The contact after a write, with the `conflicts` of its merge when there were any."""
    body = made.body
    if made.conflicts:
        body = b'{"conflicts":%b,%b' % (bodies.encode(made.conflicts), body[1:])
    return Answer(201 if made.created else 200, {"ETag": made.etag, **(headers or {})}, body)


async def matched(caller: Caller, card: CardId) -> str | None:
    """The one tag that the action compares again under its lock; of several in If-Match the one that fits now."""
    tags = asking.strong(caller.headers.get(b"if-match"))
    if len(tags) > 1:
        book = await view.book(caller.house, await caller.head())
        shown = book.get(str(card))
        current = etag(book.head.epoch, shown.version) if shown is not None else ""
        return current if current in tags else tags[0]
    return tags[0] if tags else None


def _changes(sent: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """(base, paths) of a PATCH body. Raises Unprocessable (422)."""
    base = sent.pop("base", None)
    if base is not None and not isinstance(base, str):
        raise Unprocessable("$.base: Expected str")
    if "patch" not in sent:
        return base, sent
    changes = sent.pop("patch")
    if not isinstance(changes, dict):
        raise Unprocessable("$.patch: Expected object")
    if sent:
        raise Unprocessable("$: paths stand in `patch` or beside it, not both")
    return base, changes


_CARD = Body({JSON: Fields}, limits.CARD_BODY)
_FILTERS = (
    routes.LIMIT,
    routes.CURSOR,
    routes.BOOK,
    Query("group", str, "Only members of this group: its id, or a keyword."),
    Query("matched", bool, "Only contacts that are users, or only others; needs `discovery` too."),
    Query("updatedSince", str, "Only contacts changed since (RFC 3339)."),
)
_ID = (NotFound, InvalidId)

ROUTES = (
    Route(
        "GET",
        "/v1/contacts",
        page,
        "contacts.read",
        "reads",
        "List contacts",
        {200: Contacts},
        query=_FILTERS,
        problems=(InvalidCursor, InvalidParameter, NotFound, ConsentRequired),
        conditional=True,
    ),
    Route(
        "POST",
        "/v1/contacts",
        post,
        "contacts.write",
        "writes",
        "Create a contact",
        {201: Contact, 200: Contact},
        body=_CARD,
        problems=(InvalidCard, UidTaken, BookFull),
    ),
    Route(
        "GET",
        "/v1/contacts/{id}",
        get,
        "contacts.read",
        "reads",
        "Read a contact",
        {200: Contact},
        problems=_ID,
        conditional=True,
    ),
    Route(
        "PUT",
        "/v1/contacts/{id}",
        put,
        "contacts.write",
        "writes",
        "Replace a contact",
        {200: Contact},
        body=_CARD,
        problems=(*_ID, InvalidCard, StaleRevision),
        guarded=True,
    ),
    Route(
        "PATCH",
        "/v1/contacts/{id}",
        patch,
        "contacts.write",
        "writes",
        "Change parts of a contact",
        {200: Merged},
        body=Body({JSON: Patch}, limits.CARD_BODY),
        problems=(*_ID, InvalidCard, StaleRevision, BaseExpired),
        guarded=True,
    ),
    Route(
        "DELETE",
        "/v1/contacts/{id}",
        delete,
        "contacts.write",
        "writes",
        "Delete a contact",
        {204: None},
        problems=(*_ID, StaleRevision),
        guarded=True,
    ),
)
