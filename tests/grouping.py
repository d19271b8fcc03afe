"""Groups as an owner sees them, for tests of actions; and contacts as devices upload them."""

from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from acting import Actor, person
from contact_service.actions import cards, edge, upload, view
from contact_service.formats import upload as wire
from contact_service.model.consent import Purpose
from contact_service.model.group import Group
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.storage import cards as rows
from contact_service.storage import keyword_groups
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads


async def told(actor: Actor) -> dict[str, Group]:
    """All groups by id."""
    book = await view.book(actor.house, await edge.head(actor.house, actor.owner))
    return {group.id: group for group in (await view.groups(actor.house, book)).after("")}


async def lines(actor: Actor, of: str) -> bytes:
    async def story(ctx: Any) -> bytes:
        row = await rows.get(ctx.tx, CardId(msgspec.convert(of, type(ctx.new_id()))))
        assert row is not None
        return sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed or b"").lines

    found: bytes = await actor.read(story)
    return found


async def made(actor: Actor, name: str, **members: Any) -> str:
    return str((await actor(cards.create, person(name, **members))).id)


def cid(text: str) -> CardId:
    return CardId(msgspec.convert(text, CardId.__supertype__))


async def version(actor: Actor) -> int:
    return (await edge.head(actor.house, actor.owner)).version


class Projected(NamedTuple):
    """A keyword's row in the feed, opened."""

    group: UUID
    keyword: str
    version: int
    live: bool


async def projected(ctx: Any, book: BookId = DEFAULT_BOOK, since: int = 0) -> list[Projected]:
    """The rows of a book numbered after `since`, oldest first."""
    return [
        Projected(
            row.group,
            heads.open_keyword(ctx.key, row.keyword_key, row.sealed),
            row.version,
            row.live,
        )
        for row in await keyword_groups.of_owner(ctx.tx)
        if row.book == book and row.version > since
    ]


async def uploaded(actor: Actor, vcards: bytes) -> None:
    """The records as a device's upload."""
    await actor.consents(Purpose.STORE)
    batch = wire.read_vcard(vcards, wire.Source("ios", "d1"), "partial")
    prepared = await upload.prepare(actor.house, actor.owner, "test", batch)
    await actor(upload.apply, prepared)
