"""Keywords that a device is shown as group cards: what it does to such a card is done to the contacts' keywords."""

from contact_service.actions import groups, keywords, listing
from contact_service.actions.conditions import Conditions, Fate
from contact_service.actions.context import Context
from contact_service.formats import jscontact, membership, vcard
from contact_service.matching import names
from contact_service.model.dav_problem import NotOneCard
from contact_service.model.ids import BookId
from contact_service.model.owner import etag
from contact_service.storage import keyword_groups
from contact_service.storage.keyword_groups import KeywordRow
from contact_service.vault import heads


async def find(ctx: Context, book: BookId, name: str) -> KeywordRow | None:
    """The live row of that resource name."""
    if not ctx.head.keyword_groups:
        return None
    for row in await keyword_groups.of_owner(ctx.tx):
        if row.live and row.book == book and name == f"{row.group}{listing.SUFFIX}":
            return row
    return None


async def put(ctx: Context, row: KeywordRow, sent: bytes, conditions: Conditions) -> Fate:
    """The group card's name and members become the keyword's. Raises NotOneCard (403), GroupExists (409)."""
    if not conditions.hold(etag(ctx.head.epoch, row.version)):
        return Fate.STALE
    card, fields = vcard.read(sent, f"urn:uuid:{row.group}")
    said = membership.said(str(row.group), 0, row.book, card.json)
    called = names.full_name(jscontact.fields(card.json)).strip()
    if said.members is None or fields.uid is None or not called:
        raise NotOneCard("a group with a name")
    word = heads.open_keyword(ctx.key, row.keyword_key, row.sealed)
    standing = await groups.standing(ctx)
    await keywords.put(ctx, standing, word, called, said.members, row.book)
    await ctx.note("group.changed", object_kind="group", object_id=str(row.group))
    return Fate.CHANGED


async def delete(ctx: Context, row: KeywordRow, conditions: Conditions) -> Fate:
    """No contact of the book has the keyword any more."""
    if not conditions.hold(etag(ctx.head.epoch, row.version)):
        return Fate.STALE
    word = heads.open_keyword(ctx.key, row.keyword_key, row.sealed)
    await keywords.drop(ctx, await groups.standing(ctx), word, row.book)
    await ctx.note("group.deleted", object_kind="group", object_id=str(row.group))
    return Fate.CHANGED
