"""One contact at a time: create, replace, patch, delete. The bytes a client sent are what is kept (RFC 9553)."""

from typing import Any

from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.actions.writing import Written
from contact_service.formats import jscontact
from contact_service.model.ids import CardId


async def create(ctx: Context, raw: bytes) -> Written:
    """Keep a new contact. A live contact with the same uid and content is answered as it stands, not doubled.

    Raises InvalidCard (422), TooLarge (413), UidTaken (409: other content), BookFull (422).
    """
    fresh = CardId(ctx.new_id())
    content, fields = jscontact.read(raw, f"urn:uuid:{fresh}")
    desk = Desk(ctx)
    await desk.lay([], [fields.uid or ""])
    card, created = desk.create(content, fields, fresh)
    return await _written(ctx, desk, card, "contact.created", created=created)


async def replace(ctx: Context, card: CardId, raw: bytes, base: str | None = None) -> Written:
    """Put other content in a contact's place; `base` is the etag it must still have.

    Raises NotFound (404), StaleRevision (412, with the current contact), InvalidCard (422), TooLarge (413).
    """
    desk = Desk(ctx)
    await desk.lay([card], [])
    desk.replace(card, raw, base)
    return await _written(ctx, desk, card, "contact.changed", created=False)


async def patch(
    ctx: Context, card: CardId, changes: dict[str, Any], base: str | None = None
) -> Written:
    """Change parts of a contact (RFC 8620 5.3 paths); `base` is the etag it must still have.

    Raises NotFound (404), StaleRevision (412), InvalidCard (422), TooLarge (413).
    """
    desk = Desk(ctx)
    await desk.lay([card], [])
    desk.patch(card, changes, base)
    return await _written(ctx, desk, card, "contact.changed", created=False)


async def delete(ctx: Context, card: CardId, base: str | None = None) -> None:
    """Remove a contact; its id stays in the feed. Raises NotFound (404), StaleRevision (412)."""
    desk = Desk(ctx)
    await desk.lay([card], [])
    desk.delete(card, base)
    await desk.write()
    await ctx.note("contact.deleted", object_kind="contact", object_id=str(card))


async def _written(ctx: Context, desk: Desk, card: CardId, act: str, *, created: bool) -> Written:
    versions, now = await desk.write()
    if now != ctx.head.version:
        await ctx.note(act, object_kind="contact", object_id=str(card))
    return desk.written(card, versions[card], created=created)
