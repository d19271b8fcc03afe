"""The pages of the address book: the list, a contact, a search. What is shown, actions and the roster tell."""

from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import search as searching
from contact_service.endpoints.web import forms, overview, render, sheet, shelf
from contact_service.endpoints.web.roster import Roster
from contact_service.endpoints.web.shelf import Line, Shelf
from contact_service.endpoints.web.visitor import Visitor
from contact_service.model import ids
from contact_service.model.owner import Head
from contact_service.model.problem import NotFound

FOUND = 50
"""Contacts a search shows."""
TITLES = {
    "accounts": "Accounts",
    "device": "Devices",
    "devices": "Devices",
    "groups": "Groups",
    "history": "History",
    "revision": "History",
    "trash": "Recently deleted",
}


async def home(visitor: Visitor, request: Request) -> Response:
    """GET /app/: the list, from its first section or from `from` on, and the overview beside it."""
    return await _list(visitor, request, card=None)


async def contact(visitor: Visitor, request: Request) -> Response:
    """GET /app/contacts/{id}: the contact's page, with the list beside it where there is room; of a group, its own."""
    card = request.path_params["id"]
    _, roster = await visitor.book(await visitor.head())
    if card in roster.groups:
        return RedirectResponse(f"/app/groups/{card}", 303)
    return await _list(visitor, request, card=card)


async def rows(visitor: Visitor, request: Request) -> Response:
    """GET /app/rows: one section of the list, asked for by the page when it comes near."""
    head = await visitor.head()
    _, roster = await visitor.book(head)
    wanted = request.query_params
    on_app = await visitor.on_app(head) if wanted.get("on") else {}
    chosen = shelf.of(roster, wanted, on_app)
    lines = chosen.section(shelf.start(wanted))
    return render.page("rows", lines=lines, **await _marks(visitor, head, lines), shelf=chosen)


async def card(visitor: Visitor, request: Request) -> Response:
    """GET /app/contacts/{id}/card: the contact alone, opened in place. 404 for what is not in this book."""
    head = await visitor.head()
    opened = await _sheet(visitor, head, request.path_params["id"])
    _, roster = await visitor.book(head)
    found = (await visitor.on_app(head, [opened.row.id])).get(opened.row.id)
    return render.page("card", sheet=opened, found=found, **memberships(roster, opened))


async def search(visitor: Visitor, request: Request) -> Response:
    """POST /app/search: the page with what was found, for browsers without JavaScript."""
    head = await visitor.head()
    query, lines = await _found(visitor, head, request)
    chosen = Shelf("search", "Search", [line.row for line in lines], "")
    return await whole(visitor, head, chosen, lines, query=query)


async def found(visitor: Visitor, request: Request) -> Response:
    """POST /app/search/rows: what was found, as one types; no name goes into an address."""
    head = await visitor.head()
    query, lines = await _found(visitor, head, request)
    chosen = Shelf("search", "Search", [line.row for line in lines], "")
    marks = await _marks(visitor, head, lines)
    return render.page("found", lines=lines, query=query, shelf=chosen, **marks)


async def _list(visitor: Visitor, request: Request, card: str | None) -> Response:
    head = await visitor.head()
    wanted = request.query_params
    if wanted.get("on"):
        await visitor.refresh(head)
    _, roster = await visitor.book(head)
    on_app = await visitor.on_app(head)
    chosen = shelf.of(roster, wanted, on_app)
    start = shelf.start(wanted)
    opened = await _sheet(visitor, head, card) if card is not None else None
    shown = {"start": start, "sheet": opened, "on_app": on_app}
    pane = "overview" if opened is None else "card"
    return await whole(visitor, head, chosen, chosen.section(start), pane=pane, **shown)


async def whole(
    visitor: Visitor,
    head: Head,
    chosen: Shelf,
    lines: list[Line],
    *,
    pane: str = "overview",
    **values: Any,
) -> Response:
    """The whole page around these rows; `pane` names the template beside them, which gets `values` too."""
    _, roster = await visitor.book(head)
    on_app = values.pop("on_app") if "on_app" in values else await visitor.on_app(head)
    opened = values.get("sheet")
    shown: dict[str, Any] = {"query": "", "start": 0, "sheet": None, **values}
    return render.page(
        "page",
        shelf=chosen,
        lines=lines,
        on_app=on_app,
        found=on_app.get(opened.row.id) if opened else None,
        **memberships(roster, opened),
        pane=pane,
        titles=TITLES,
        current=opened.row.id if opened else "",
        may_match=visitor.may_match(head),
        may_write=visitor.may_write,
        people=len(roster.rows),
        groups=roster.groups,
        overview=overview.of(roster, on_app, today()),
        **shown,
    )


def memberships(roster: Roster, opened: sheet.Sheet | None) -> dict[str, Any]:
    """The groups an opened contact is in, and those it may be put into."""
    if opened is None:
        return {"tags": [], "others": []}
    tags = roster.tags(opened.row)
    within = {group.key for group in tags}
    return {"tags": tags, "others": [g for g in roster.groups.values() if g.key not in within]}


async def _sheet(visitor: Visitor, head: Head, card: str) -> sheet.Sheet:
    book, _ = await visitor.book(head)
    shown = book.get(str(ids.card_id(card)))
    if shown is None:
        raise NotFound
    return sheet.of_card(shown, today(), editable=visitor.may_write)


async def _found(visitor: Visitor, head: Head, request: Request) -> tuple[str, list[Line]]:
    query = (await forms.read(request)).get("q", "")[: searching.MAX_QUERY]
    hits = await searching.find(visitor.house, head, query, FOUND)
    _, roster = await visitor.book(head)
    # A contact that came or went between the two looks at the book is left out.
    return query, [
        shelf.found(row, hit) for _, hit in hits if (row := roster.by_id.get(hit.id)) is not None
    ]


async def _marks(visitor: Visitor, head: Head, lines: list[Line]) -> dict[str, Any]:
    on_app = await visitor.on_app(head, [line.row.id for line in lines]) if lines else {}
    return {"on_app": on_app, "current": ""}


def today() -> date:
    """The day it is (UTC)."""
    return datetime.now(UTC).date()
