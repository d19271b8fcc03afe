"""The groups' place in the app: all of them, one with its members, and the forms that change them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import groups
from contact_service.actions import search as searching
from contact_service.endpoints.web import forms, pages, shelf
from contact_service.endpoints.web.roster import Group, Row
from contact_service.endpoints.web.shelf import Shelf
from contact_service.endpoints.web.visitor import Visitor
from contact_service.model import ids
from contact_service.model.problem import NotFound, Unprocessable

SHOWN = 100
"""Members that can be taken out on the group's page; the list beside it has all."""
FOUND = 12
"""Contacts that a search for a new member offers."""
LONGEST = 255


async def page(visitor: Visitor, request: Request) -> Response:
    """GET /app/groups: all groups, the largest first."""
    head = await visitor.head()
    _, roster = await visitor.book(head)
    everyone = shelf.of(roster, {}, {})
    return await pages.whole(visitor, head, everyone, everyone.section(0), pane="groups")


async def make(visitor: Visitor, request: Request) -> Response:
    """POST /app/groups: a new group called `name`; on to its page."""
    name = _name(await forms.read(request))
    made = await visitor.write(groups.create, name, [], "card")
    return _to(f"/app/groups/{made.id}")


async def group(visitor: Visitor, request: Request) -> Response:
    """GET /app/groups/{id}: the group, with its members in the list beside it."""
    return await _shown(visitor, request)


async def find(visitor: Visitor, request: Request) -> Response:
    """POST /app/groups/{id}/find: the group's page with contacts that `q` finds and that are not in it."""
    query = (await forms.read(request)).get("q", "")[: searching.MAX_QUERY]
    head = await visitor.head()
    hits = await searching.find(visitor.house, head, query, FOUND)
    _, roster = await visitor.book(head)
    within = {row.id for row in _group(roster.groups, request).rows}
    found = [
        row
        for _, hit in hits
        if hit.id not in within and (row := roster.by_id.get(hit.id)) is not None
    ]
    return await _shown(visitor, request, sought=query, offered=found)


async def rename(visitor: Visitor, request: Request) -> Response:
    """POST /app/groups/{id}: its name is `name` from now on; on to its page."""
    name = _name(await forms.read(request))
    made = await visitor.write(groups.change, request.path_params["id"], name=name)
    return _to(f"/app/groups/{made.id}")


async def delete(visitor: Visitor, request: Request) -> Response:
    """POST /app/groups/{id}/delete: the group goes, its members stay; back to the groups."""
    await visitor.write(groups.delete, request.path_params["id"])
    return _to("/app/groups")


async def members(visitor: Visitor, request: Request) -> Response:
    """POST /app/groups/{id}/members: `add` or `remove` names a contact; back to the group, if it still is one."""
    group_id, fields = request.path_params["id"], await forms.read(request)
    await _put(visitor, group_id, fields)
    _, roster = await visitor.book(await visitor.head())
    return _to(f"/app/groups/{group_id}" if group_id in roster.groups else "/app/groups")


async def of_contact(visitor: Visitor, request: Request) -> Response:
    """POST /app/contacts/{id}/groups: into the group `add`, or out of `remove`; back to the contact."""
    card, fields = request.path_params["id"], await forms.read(request)
    for verb in ("add", "remove"):
        if verb in fields:
            await _put(visitor, fields[verb], {verb: card})
    return _to(f"/app/contacts/{card}")


async def _put(visitor: Visitor, group_id: str, fields: dict[str, str]) -> None:
    if "add" in fields:
        await visitor.write(groups.add, group_id, ids.card_id(fields["add"]))
    elif "remove" in fields:
        await visitor.write(groups.remove, group_id, ids.card_id(fields["remove"]))


async def _shown(visitor: Visitor, request: Request, **values: Any) -> Response:
    head = await visitor.head()
    _, roster = await visitor.book(head)
    opened = _group(roster.groups, request)
    chosen = Shelf(opened.key, opened.name, opened.rows, f"group={opened.key}")
    shown: dict[str, Any] = {"sought": "", "offered": list[Row](), **values}
    shown |= {"opened": opened, "members": opened.rows[:SHOWN]}
    return await pages.whole(visitor, head, chosen, chosen.section(0), pane="group", **shown)


def _group(found: dict[str, Group], request: Request) -> Group:
    opened = found.get(request.path_params["id"])
    if opened is None:
        raise NotFound
    return opened


def _name(fields: dict[str, str]) -> str:
    name = fields.get("name", "")
    if len(name) > LONGEST:
        raise Unprocessable(f"A name has at most {LONGEST} characters.")
    return name


def _to(place: str) -> Response:
    return RedirectResponse(place, 303)
