"""One contact at a time: create, replace, patch, delete. The bytes a client sent are what is kept (RFC 9553)."""

from typing import Any

from contact_service.actions import inline_photos
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
    content, fields = jscontact.read(await inline_photos.take(ctx, raw), f"urn:uuid:{fresh}")
    desk = Desk(ctx)
    await desk.lay([], [fields.uid or ""])
    card, created = desk.create(content, fields, fresh)
    return await written(ctx, desk, card, "contact.created", created=created)


async def replace(ctx: Context, card: CardId, raw: bytes, if_match: str | None = None) -> Written:
    """Put other content in a contact's place; `if_match` is the etag it must still have.

    Raises NotFound (404), StaleRevision (412, with the current contact), InvalidCard (422), TooLarge (413).
    """
    desk = Desk(ctx)
    await desk.lay([card], [])
    desk.replace(card, await inline_photos.take(ctx, raw), if_match=if_match)
    return await written(ctx, desk, card, "contact.changed", created=False)


async def patch(
    ctx: Context,
    card: CardId,
    changes: dict[str, Any],
    *,
    base: str | None = None,
    if_match: str | None = None,
) -> Written:
    """Change parts of a contact (RFC 8620 5.3 paths). `base` is the etag the edit was made on: what changed since is
    merged; `if_match` is one it must still have.

    Raises NotFound (404), StaleRevision (412), BaseExpired (409), InvalidCard (422), TooLarge (413).
    """
    desk = Desk(ctx)
    await desk.lay([card], [], [] if base is None else [(card, base)])
    taken = await inline_photos.take_changes(ctx, changes)
    desk.patch(card, taken, if_match=if_match, base=base)
    return await written(ctx, desk, card, "contact.changed", created=False)


async def delete(ctx: Context, card: CardId, if_match: str | None = None) -> None:
    """Move a contact to the trash; its id stays in the feed. Raises NotFound (404), StaleRevision (412)."""
    desk = Desk(ctx)
    await desk.lay([card], [])
    desk.delete(card, if_match=if_match)
    await desk.write()
    await ctx.note("contact.deleted", object_kind="contact", object_id=str(card))


async def written(ctx: Context, desk: Desk, card: CardId, act: str, *, created: bool) -> Written:
    """Write the desk and note the act, where there was one. Returns how the contact stands."""
    versions, now = await desk.write()
    if now != ctx.head.version:
        await ctx.note(act, object_kind="contact", object_id=str(card))
    return desk.written(card, versions[card], created=created)
