"""The trash: deleted contacts while they are held, for ever gone on demand."""

from datetime import datetime

import msgspec

from contact_service.actions import errands
from contact_service.actions.context import Context
from contact_service.actions.history import held_since
from contact_service.formats import jscontact
from contact_service.model.ids import CardId
from contact_service.model.owner import etag
from contact_service.model.problem import NotFound
from contact_service.storage import cards, retention, revisions
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads


class Trashed(msgspec.Struct, frozen=True):
    """A deleted contact: what it was last, who deleted it when. `body` is spelled as it is answered."""

    id: CardId
    body: bytes
    deleted_at: datetime
    device: str | None


async def page(ctx: Context, after: CardId | None, limit: int) -> list[Trashed]:
    """Up to `limit` deleted contacts by id, from the one after `after` on."""
    found = await revisions.trash(ctx.tx, held_since(ctx), after, limit)
    return [
        Trashed(
            row.card,
            jscontact.render(
                sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed).json,
                str(row.card),
                etag(ctx.head.epoch, row.version),
            ),
            row.deleted_at,
            heads.open_device(ctx.key, row.device) if row.device is not None else None,
        )
        for row in found
    ]


async def wipe(ctx: Context, card: CardId) -> None:
    """Delete for ever: body, history and refused bodies go, the tombstone stays for devices. Raises NotFound (404)."""
    row = await cards.get(ctx.tx, card)
    if row is None or row.deleted_at is None or not await revisions.last(ctx.tx, [card]):
        raise NotFound
    await retention.wipe(ctx.tx, [card])
    await errands.leave(
        ctx, errands.TIDY
    )  # its photos: whether another card has them takes a look at all
    await ctx.note("contact.wiped", object_kind="contact", object_id=str(card))
