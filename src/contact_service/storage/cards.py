"""Cards at rest: a sealed row each, numbered by the owner's version; the feed is a range over the same rows.

What a row was before a change is copied to `revisions` by the statement that changes it.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.revision import Cause
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("cards")
FEED_PAGE = 2_000
"""Rows of the feed fetched at once: a book of 50,000 must not lie sealed and open in memory together."""


class CardRow(msgspec.Struct, frozen=True):
    """A card as it rests. `sealed` is None in a tombstone; `rev` is bound into the seals of body and head; `name_key`
    is None where the resource name is the card's id.
    """

    card: CardId
    book: BookId
    version: int
    rev: int
    sealed: bytes | None
    head: bytes | None
    by_hand: bool
    uid_key: bytes
    name_key: bytes | None
    deleted_at: datetime | None


class FeedRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the change feed."""

    card: UUID
    version: int
    rev: int
    sealed: bytes | None
    updated_at: datetime
    deleted: bool
    book: str = DEFAULT_BOOK


class PlaceRow(msgspec.Struct, frozen=True, gc=False):
    """Where a card lies. `lines`: the version of its vCard lines, None where it was made as JSON; `head` only where a
    resource name is in it.
    """

    card: CardId
    book: BookId
    version: int
    rev: int
    deleted: bool
    updated_at: datetime
    lines: str | None
    head: bytes | None


_R = TypeVar("_R", FeedRow, PlaceRow)


class SealedCard(msgspec.Struct, frozen=True, gc=False):
    """A card ready to be written: sealed body and head, keyed hashes of its uid and resource name (None: its id);
    `base`: the revision it replaces; `blobs`: what the body points to; `lines`: the version of its vCard lines.
    """

    card: CardId
    version: int
    sealed: bytes
    head: bytes
    uid_key: bytes
    base: int = 0
    cause: Cause = Cause.EDITED
    blobs: tuple[bytes, ...] = ()
    name_key: bytes | None = None
    book: BookId = DEFAULT_BOOK
    lines: str | None = None


class By(msgspec.Struct, frozen=True):
    """Who writes, when: the sealed name of the device, and whether a person did it by hand."""

    device: bytes | None
    at: datetime
    by_hand: bool


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


async def by_name(tx: Tx, book: BookId, name_key: bytes) -> CardId | None:
    """The live card of that resource name (keyed hash)."""
    found = await tx.value(SQL["by_name"], tx.owner, book, name_key)
    return CardId(found) if found is not None else None


def feed(tx: Tx, since: int) -> AsyncIterator[list[FeedRow]]:
    """The rows numbered after `since`, oldest first, in pages."""
    return _pages(tx, "feed", FeedRow, since)


async def stretch(tx: Tx, since: int, most: int) -> list[FeedRow]:
    """At most `most` rows numbered after `since`, oldest first."""
    return [FeedRow(*row) for row in await tx.rows(SQL["feed"], tx.owner, since, most)]


def places(tx: Tx, since: int) -> AsyncIterator[list[PlaceRow]]:
    """Where the rows numbered after `since` lie, oldest first, in pages; no body is read."""
    return _pages(tx, "places", PlaceRow, since)


async def _pages(tx: Tx, query: str, kind: type[_R], since: int) -> AsyncIterator[list[_R]]:
    while True:
        rows = [kind(*row) for row in await tx.rows(SQL[query], tx.owner, since, FEED_PAGE)]
        if rows:
            yield rows
        if len(rows) < FEED_PAGE:
            return
        since = rows[-1].version


async def changed_since(tx: Tx, at: datetime) -> list[CardRow]:
    """The rows that changed after that moment, tombstones too."""
    return [CardRow(*row) for row in await tx.rows(SQL["changed_since"], tx.owner, at)]


async def add(tx: Tx, cards: list[SealedCard], by: By, book: BookId = DEFAULT_BOOK) -> None:
    """Write new cards of one book; their versions were taken from the locked head."""
    await tx.run(
        SQL["add"],
        tx.owner,
        book,
        [c.card for c in cards],
        [c.version for c in cards],
        [c.sealed for c in cards],
        [c.head for c in cards],
        [c.uid_key for c in cards],
        [c.name_key for c in cards],
        [c.cause for c in cards],
        [c.lines for c in cards],
        by.by_hand,
        by.device,
        by.at,
    )
    await _point(tx, cards)


async def replace(tx: Tx, cards: list[SealedCard], by: By) -> bool:
    """Write new bodies over the revisions they were made from; a tombstone comes alive by it. False when one of them
    has moved on meanwhile.
    """
    written = await tx.run(
        SQL["replace"],
        tx.owner,
        [c.card for c in cards],
        [c.version for c in cards],
        [c.sealed for c in cards],
        [c.head for c in cards],
        [c.uid_key for c in cards],
        [c.base for c in cards],
        [c.cause for c in cards],
        [c.book for c in cards],
        [c.name_key for c in cards],
        [c.lines for c in cards],
        by.by_hand,
        by.device,
        by.at,
    )
    await _point(tx, cards)
    return written == len(cards)


async def _point(tx: Tx, cards: list[SealedCard]) -> None:
    """Note which blobs the bodies point to. Few have any, and arrays of arrays do not travel: one statement a card."""
    for card in cards:
        if card.blobs:
            await tx.run(SQL["point"], tx.owner, card.card, list(card.blobs))


async def bury(tx: Tx, cards: list[CardId], versions: list[int], by: By) -> None:
    """Leave tombstones in the feed; the bodies go to the former revisions."""
    await tx.run(SQL["bury"], tx.owner, cards, versions, by.device, by.at)


async def live_in(tx: Tx, book: BookId) -> list[CardId]:
    """The live cards of a book."""
    return [CardId(row["card_id"]) for row in await tx.rows(SQL["live_in"], tx.owner, book)]


async def uploaded_only(tx: Tx) -> list[CardId]:
    """The live cards that only uploads brought and nobody edited."""
    return [CardId(row["card_id"]) for row in await tx.rows(SQL["uploaded_only"], tx.owner)]


async def adopt(tx: Tx, cards: list[CardId]) -> None:
    """What sources brought is the owner's own from now on."""
    await tx.run(SQL["adopt"], tx.owner, cards)
