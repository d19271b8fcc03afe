"""Former revisions of cards, sealed as they were; and bodies that were refused as stale, kept for their writers."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.ids import BookId, CardId
from contact_service.model.revision import Cause
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("revisions")


class Revision(msgspec.Struct, frozen=True, gc=False):
    """What a card was from `at` to `until` (None: it still is). `sealed` None: it was deleted."""

    card: CardId
    version: int
    rev: int
    book: BookId
    sealed: bytes | None
    cause: Cause
    device: bytes | None
    at: datetime
    until: datetime | None


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A body that came too late to be written."""

    id: UUID
    sealed: bytes
    device: bytes | None
    at: datetime


class Trashed(msgspec.Struct, frozen=True, gc=False):
    """A deleted card and what it was last."""

    card: CardId
    version: int
    rev: int
    book: BookId
    sealed: bytes
    device: bytes | None
    deleted_at: datetime


async def of_card(tx: Tx, card: CardId, before: int, limit: int) -> list[Revision]:
    """The card's revisions numbered below `before`, newest first; the present one is among them."""
    rows = await tx.rows(SQL["of_card"], tx.owner, card, before, limit)
    return [Revision(*row) for row in rows]


async def at_versions(
    tx: Tx, wanted: Iterable[tuple[CardId, int]]
) -> dict[tuple[CardId, int], Revision]:
    """What cards were before, at these numbers, where that is still held; a deletion is not told."""
    pairs = list(wanted)
    cards, versions = [card for card, _ in pairs], [version for _, version in pairs]
    rows = [Revision(*row) for row in await tx.rows(SQL["at_versions"], tx.owner, cards, versions)]
    return {(row.card, row.version): row for row in rows}


async def last(tx: Tx, cards: list[CardId]) -> dict[CardId, Revision]:
    """The newest former revision of each that has a body: what a deleted card was."""
    rows = await tx.rows(SQL["last"], tx.owner, cards)
    return {CardId(row["card_id"]): Revision(*row) for row in rows}


async def current_at(tx: Tx, cards: list[CardId], at: datetime) -> dict[CardId, Revision]:
    """What these cards were at that moment, as far as it is no longer what they are."""
    rows = await tx.rows(SQL["current_at"], tx.owner, cards, at)
    return {CardId(row["card_id"]): Revision(*row) for row in rows}


async def trash(tx: Tx, since: datetime, after: CardId | None, limit: int) -> list[Trashed]:
    """The cards deleted since, by id, from the one after `after` on."""
    rows = await tx.rows(SQL["trash"], tx.owner, since, after, limit)
    return [Trashed(*row) for row in rows]


async def refuse(tx: Tx, card: CardId, body: Refused, blobs: tuple[bytes, ...], most: int) -> None:
    """Keep a refused body; of each card the newest `most`."""
    args = (body.id, body.sealed, list(blobs) or None, body.device, body.at)
    await tx.run(SQL["refuse"], tx.owner, card, *args)
    await tx.run(SQL["forget_refused"], tx.owner, card, most)


async def refused_of(tx: Tx, card: CardId) -> list[Refused]:
    """The refused bodies of a card, newest first."""
    return [Refused(*row) for row in await tx.rows(SQL["refused_of"], tx.owner, card)]
