"""Recently deleted contacts: restored, or gone for ever; and the button that moves a contact there."""

import math
from datetime import UTC, datetime, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import cards, history, trash
from contact_service.actions.snapshot import Shown
from contact_service.actions.trash import Trashed
from contact_service.endpoints.web import pages, roster, shelf
from contact_service.endpoints.web.roster import Row
from contact_service.endpoints.web.visitor import Visitor
from contact_service.model import ids

TOLD = 100
"""Deleted contacts a page shows."""
_DAY = timedelta(days=1)


class Deleted(msgspec.Struct, frozen=True):
    """A deleted contact; `left` in words: how long it is kept still."""

    row: Row
    at: datetime
    left: str


async def page(visitor: Visitor, request: Request) -> Response:
    """GET /app/trash: what was deleted and is still held, from the one after `after` on."""
    after = request.query_params.get("after")
    found = await visitor.read(trash.page, ids.card_id(after) if after else None, TOLD + 1)
    head = await visitor.head()
    _, rows = await visitor.book(head)
    everyone = shelf.of(rows, {}, {})
    return await pages.whole(
        visitor,
        head,
        everyone,
        everyone.section(0),
        pane="trash",
        deleted=[_deleted(visitor, one) for one in found[:TOLD]],
        more=str(found[TOLD - 1].id) if len(found) > TOLD else "",
    )


async def delete(visitor: Visitor, request: Request) -> Response:
    """POST /app/contacts/{id}/delete: to the recently deleted; on to those."""
    await visitor.write(cards.delete, ids.card_id(request.path_params["id"]))
    return RedirectResponse("/app/trash", 303)


async def restore(visitor: Visitor, request: Request) -> Response:
    """POST /app/trash/{id}/restore: it is a contact again, as it was last; on to its page."""
    card = ids.card_id(request.path_params["id"])
    await visitor.write(history.restore, card, None)
    return RedirectResponse(f"/app/contacts/{card}", 303)


async def wipe(visitor: Visitor, request: Request) -> Response:
    """POST /app/trash/{id}/wipe: gone for ever, with its history; back to the others."""
    await visitor.write(trash.wipe, ids.card_id(request.path_params["id"]))
    return RedirectResponse("/app/trash", 303)


def _deleted(visitor: Visitor, one: Trashed) -> Deleted:
    row = roster.of_card(Shown(str(one.id), 0, one.deleted_at, one.body))
    kept = timedelta(days=visitor.house.settings.retention_history_days)
    days = math.ceil((one.deleted_at + kept - datetime.now(UTC)) / _DAY)
    return Deleted(row, one.deleted_at, f"{days} {'day' if days == 1 else 'days'}")
