"""Cards at rest: a sealed row each, numbered by the owner's version; the feed is a range over the same rows."""

from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("cards")


class CardRow(msgspec.Struct, frozen=True):
    """A card as it rests. `sealed` is None in a tombstone; `rev` is bound into the seal."""

    card: CardId
    version: int
    rev: int
    sealed: bytes | None
    by_hand: bool
    uid_key: bytes
    deleted_at: datetime | None


class FeedRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the change feed."""

    card: UUID
    version: int
    rev: int
    sealed: bytes | None
    updated_at: datetime
    deleted: bool


class SealedCard(msgspec.Struct, frozen=True, gc=False):
    """A card ready to be written: sealed body and head, keyed hash of its uid; `base`: the revision it replaces."""

    card: CardId
    version: int
    sealed: bytes
    head: bytes
    uid_key: bytes
    base: int = 0


async def get(tx: Tx, card: CardId) -> CardRow | None:
    """One card's row; a tombstone too."""
    row = await tx.row(SQL["get"], tx.owner, card)
    return CardRow(*row) if row else None


async def get_many(tx: Tx, cards: list[CardId]) -> dict[CardId, CardRow]:
    """The rows of these cards, tombstones too, by id."""
    rows = await tx.rows(SQL["get_many"], tx.owner, cards)
    return {CardId(row["card_id"]): CardRow(*row) for row in rows}


async def by_uid(tx: Tx, keys: list[bytes], book: BookId = DEFAULT_BOOK) -> dict[bytes, CardId]:
    """Which live cards hold these uids (keyed hashes)."""
    rows = await tx.rows(SQL["by_uid"], tx.owner, book, keys)
    return {row["uid_key"]: CardId(row["card_id"]) for row in rows}


async def feed(tx: Tx, since: int) -> list[FeedRow]:
    """The rows numbered after `since`, oldest first."""
    return [FeedRow(*row) for row in await tx.rows(SQL["feed"], tx.owner, since)]


async def add(
    tx: Tx, cards: list[SealedCard], *, by_hand: bool, now: datetime, book: BookId = DEFAULT_BOOK
) -> None:
    """Write new cards; their versions were taken from the locked head."""
    await tx.run(
        SQL["add"],
        tx.owner,
        book,
        [c.card for c in cards],
        [c.version for c in cards],
        [c.sealed for c in cards],
        [c.head for c in cards],
        [c.uid_key for c in cards],
        by_hand,
        now,
    )


async def replace(tx: Tx, cards: list[SealedCard], *, by_hand: bool, now: datetime) -> bool:
    """Write new bodies over the revisions they were made from. False when one of them has moved on meanwhile."""
    written = await tx.run(
        SQL["replace"],
        tx.owner,
        [c.card for c in cards],
        [c.version for c in cards],
        [c.sealed for c in cards],
        [c.head for c in cards],
        [c.uid_key for c in cards],
        [c.base for c in cards],
        by_hand,
        now,
    )
    return written == len(cards)


async def bury(tx: Tx, cards: list[CardId], versions: list[int], now: datetime) -> None:
    """Leave tombstones in the feed; the bodies go."""
    await tx.run(SQL["bury"], tx.owner, cards, versions, now)


async def uploaded_only(tx: Tx) -> list[CardId]:
    """The live cards that only uploads brought and nobody edited."""
    return [CardId(row["card_id"]) for row in await tx.rows(SQL["uploaded_only"], tx.owner)]
