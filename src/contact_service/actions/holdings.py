"""What an owner's book holds that people are found by: read once a card and number, kept in memory, never at rest."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers, Written
from contact_service.formats import jscontact
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model.card import Card, Fields
from contact_service.model.ids import CardId
from contact_service.storage import cards
from contact_service.storage.cards import FeedRow
from contact_service.vault import cards as sealed_cards

SLICE = 200
"""Cards read between two turns of the event loop."""
FAVOURITE = frozenset({"favorite", "favorites", "favourite", "favourites", "starred"})
"""Keywords, folded, of people who are matched before others where the budget does not cover all."""


def is_favourite(fields: Fields) -> bool:
    """Whether the owner marked the card as one."""
    if not fields.keywords:
        return False
    return any(word.casefold().lstrip("* ") in FAVOURITE for word in fields.keywords)


def is_marked(card: Card) -> bool:
    """As `is_favourite`, of a card that nobody has decoded; few have a keyword at all."""
    if b'"keywords"' not in card.json and b"\\u" not in card.json:
        return False
    return is_favourite(jscontact.fields(card.json))


async def read(ctx: Context, region: str | None) -> KeptIdentifiers:
    """All of the book as this transaction finds it, read for that region; in a write before it writes any card.

    Only what changed since it was read last is read. Raises IntegrityBroken (500).
    """
    kept = ctx.house.identifiers.held(ctx.owner)
    if kept is not None and (
        kept.region != region
        or kept.head.epoch != ctx.head.epoch
        or kept.head.version > ctx.head.version
    ):
        kept = None
    if kept is not None and kept.head.version == ctx.head.version:
        return kept
    made = kept.copied(ctx.head) if kept is not None else KeptIdentifiers(ctx.head, region)
    since = kept.head.version if kept is not None else 0
    if kept is not None and kept.next is not None and kept.next.version <= ctx.head.version:
        made.follow(kept.next)
        since = kept.next.version
    if since < ctx.head.version and (ctx.head.live_cards or made.by_card):
        memo = Memo()
        async for card, json in _changed(ctx, since):
            if json is None:
                made.take(card)
            else:
                view = jscontact.fields(json)
                held = identifiers.of(view, region, memo)
                made.put(card, held, favourite=is_favourite(view))
    ctx.house.identifiers.keep(made)
    return made


def follow(ctx: Context, book: KeptIdentifiers, written: Written) -> None:
    """Once this transaction is committed, the book is known as it left it."""

    def committed() -> None:
        book.next = written

    ctx.tx.after.append(committed)


async def _changed(ctx: Context, since: int) -> AsyncIterator[tuple[CardId, bytes | None]]:
    """The cards numbered after `since` as JSON, None where a card went: from the snapshot, if there is one."""
    book = ctx.house.snapshots.fresh(ctx.head)
    if book is None or book.head.version != ctx.head.version:
        async for rows in cards.feed(ctx.tx, since):
            for card, json in await _opened(ctx, rows):
                yield card, json
        return
    for _, gone in book.removed(since):
        yield CardId(UUID(gone)), None
    for place, shown in enumerate(book.changed(since), 1):
        yield CardId(UUID(shown.id)), shown.body
        if place % SLICE == 0:
            await asyncio.sleep(0)


async def _opened(ctx: Context, rows: list[FeedRow]) -> list[tuple[CardId, bytes | None]]:
    found: list[tuple[CardId, bytes | None]] = []
    for start in range(0, len(rows), SLICE):
        for row in rows[start : start + SLICE]:
            card, json = CardId(row.card), None
            if row.sealed is not None:
                json = sealed_cards.open_(ctx.key, card, row.rev, row.sealed).json
            found.append((card, json))
        await asyncio.sleep(0)
    return found
