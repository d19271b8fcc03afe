"""Groups: cards of kind group and keywords in one list, edited alike (RFC 9553 2.1.6, 2.8.2)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from contact_service.actions import groups, view
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import asking, limits, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model import ids
from contact_service.model.group import Group, Source
from contact_service.model.ids import CardId
from contact_service.model.owner import etag
from contact_service.model.problem import (
    BookFull,
    GroupExists,
    InvalidCursor,
    InvalidId,
    InvalidParameter,
    NotFound,
    StaleRevision,
    Unprocessable,
)

MOST_MEMBERS = 50_000
"""Members a page names, but for one larger group alone: a page ends early for them."""
_LIST = "groups"
Called = Annotated[str, Meta(min_length=1, max_length=255)]


class GroupList(msgspec.Struct, frozen=True):
    """A page of groups by id, cards before keywords; `next` is the cursor of the page after it."""

    groups: list[Group]
    next: str | None


class NewGroup(msgspec.Struct, frozen=True):
    """`members` are ids of contacts; a group with the source `keyword` is those that have it, so at least one."""

    name: Called
    members: list[str] = []
    source: Source = "card"


class GroupChange(msgspec.Struct, frozen=True):
    """What is to be other; `members` names all that are here, those that have not arrived stay."""

    name: Called | None = None
    members: list[str] | None = None


_NEW = msgspec.json.Decoder(NewGroup)
_CHANGE = msgspec.json.Decoder(GroupChange)


async def page(caller: Caller) -> Answer:
    """GET /v1/groups -> {groups, next}; 304 when nothing changed."""
    limit, after = asking.limit(caller.query("limit")), _position(caller)
    head = await caller.head()
    tag = etag(head.epoch, head.version)
    if asking.unchanged(caller.headers.get(b"if-none-match"), tag):
        return Answer(304, {"ETag": tag}, b"")
    book = await view.book(caller.house, head)
    told = await view.groups(caller.house, book)
    tag = etag(book.head.epoch, book.head.version)
    return bodies.answer(_page(caller, list(told.after(after)), limit), headers={"ETag": tag})


def _page(caller: Caller, rest: list[Group], limit: int) -> GroupList:
    shown = rest[:1]
    named = sum(len(group.members) for group in shown)
    for group in rest[1:limit]:
        named += len(group.members)
        if named > MOST_MEMBERS:
            break
        shown.append(group)
    following = None
    if len(shown) < len(rest):
        following = caller.house.signer.cursor(caller.owner, _LIST, shown[-1].id.encode())
    return GroupList(shown, following)


def _position(caller: Caller) -> str:
    sent = caller.query("cursor")
    if sent is None:
        return ""
    return caller.house.signer.read_cursor(caller.owner, _LIST, sent).decode()


async def post(caller: Caller) -> Answer:
    """POST /v1/groups -> 201 Group, with Location."""
    asked = bodies.read(_NEW, caller.body)

    async def story(ctx: Context) -> Answer:
        made = await groups.create(ctx, asked.name, asked.members, asked.source)
        return _answer(made, 201, {"Location": f"/v1/groups/{made.id}"})

    return await caller.post(story)


async def get(caller: Caller) -> Answer:
    """GET /v1/groups/{id} -> Group; 304 when the tag still fits."""
    group = caller.params["id"]
    book = await view.book(caller.house, await caller.head())
    found = (await view.groups(caller.house, book)).get(group)
    if found is None:
        ids.card_id(group)
        raise NotFound
    if asking.unchanged(caller.headers.get(b"if-none-match"), found.etag):
        return Answer(304, {"ETag": found.etag}, b"")
    return _answer(found)


async def patch(caller: Caller) -> Answer:
    """PATCH /v1/groups/{id} -> Group; 412 when If-Match is stale."""
    asked = bodies.read(_CHANGE, caller.body)
    tags = asking.strong(caller.headers.get(b"if-match"))
    group = caller.params["id"]
    made = await caller.write(
        groups.change, group, name=asked.name, members=asked.members, tags=tags
    )
    return _answer(made)


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/groups/{id} -> 204: its members stay; 412 when If-Match is stale."""
    tags = asking.strong(caller.headers.get(b"if-match"))
    await caller.write(groups.delete, caller.params["id"], tags)
    return Answer(204, {}, b"")


async def put_member(caller: Caller) -> Answer:
    """PUT /v1/groups/{id}/members/{contactId} -> 204, also when it is one already."""
    await caller.write(groups.add, caller.params["id"], _contact(caller))
    return Answer(204, {}, b"")


async def delete_member(caller: Caller) -> Answer:
    """DELETE /v1/groups/{id}/members/{contactId} -> 204, also when it is none; the contact stays."""
    await caller.write(groups.remove, caller.params["id"], _contact(caller))
    return Answer(204, {}, b"")


def _contact(caller: Caller) -> CardId:
    return ids.card_id(caller.params["contactId"])


def _answer(group: Group, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return bodies.answer(group, status, {"ETag": group.etag, **(headers or {})})


_ID = (NotFound, InvalidId)
_EDIT = (Unprocessable, GroupExists, BookFull)
ROUTES = (
    Route(
        "GET",
        "/v1/groups",
        page,
        "contacts.read",
        "reads",
        "List groups",
        {200: GroupList},
        query=(routes.LIMIT, routes.CURSOR),
        problems=(InvalidCursor, InvalidParameter),
        conditional=True,
    ),
    Route(
        "POST",
        "/v1/groups",
        post,
        "contacts.write",
        "writes",
        "Create a group",
        {201: Group},
        body=Body({JSON: NewGroup}, limits.JSON_BODY),
        problems=_EDIT,
        lane="bulk",
    ),
    Route(
        "GET",
        "/v1/groups/{id}",
        get,
        "contacts.read",
        "reads",
        "Read a group",
        {200: Group},
        problems=_ID,
        conditional=True,
    ),
    Route(
        "PATCH",
        "/v1/groups/{id}",
        patch,
        "contacts.write",
        "writes",
        "Rename a group, or set its members",
        {200: Group},
        body=Body({JSON: GroupChange}, limits.JSON_BODY),
        problems=(*_ID, *_EDIT, StaleRevision),
        lane="bulk",
        guarded=True,
    ),
    Route(
        "DELETE",
        "/v1/groups/{id}",
        delete,
        "contacts.write",
        "writes",
        "Delete a group, not its members",
        {204: None},
        problems=(*_ID, StaleRevision),
        lane="bulk",
        guarded=True,
    ),
    Route(
        "PUT",
        "/v1/groups/{id}/members/{contactId}",
        put_member,
        "contacts.write",
        "writes",
        "Put a contact into a group",
        {204: None},
        problems=_ID,
    ),
    Route(
        "DELETE",
        "/v1/groups/{id}/members/{contactId}",
        delete_member,
        "contacts.write",
        "writes",
        "Take a contact out of a group",
        {204: None},
        problems=_ID,
    ),
)
