"""Address books: a row each, with the number that DAV tokens come from; names and properties are sealed."""

from datetime import datetime

import msgspec

from contact_service.model.ids import BookId, CardId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("books")


class BookRow(msgspec.Struct, frozen=True):
    """A book as it rests. `version`: last number given to a row of it; tokens below `feed_floor` are expired; `sealed`
    None: as it was made.
    """

    book: BookId
    version: int
    feed_floor: int
    sealed: bytes | None
    rev: int


class LeftName(msgspec.Struct, frozen=True, gc=False):
    """A resource name that is no more: its book, the number at which it went, the card that had it, sealed."""

    book: BookId
    version: int
    card: CardId
    sealed: bytes


async def of_owner(tx: Tx) -> list[BookRow]:
    """All books, by id."""
    return [BookRow(*row) for row in await tx.rows(SQL["of_owner"], tx.owner)]


async def make(tx: Tx, book: BookId, sealed: bytes, version: int) -> bool:
    """Make a book; tokens of an earlier one of that name are expired by `version`. False when it is there."""
    return await tx.value(SQL["make"], tx.owner, book, sealed, version) is not None


async def set_sealed(tx: Tx, book: BookId, sealed: bytes, rev: int) -> None:
    """Other properties, sealed as revision `rev`."""
    await tx.run(SQL["set_sealed"], tx.owner, book, sealed, rev)


async def drop(tx: Tx, book: BookId) -> None:
    """The book goes; its cards were buried before."""
    await tx.run(SQL["drop"], tx.owner, book)


async def leave_name(tx: Tx, left: LeftName, now: datetime) -> None:
    """Leave a tombstone for a name in the feed of its book."""
    await tx.run(SQL["leave_name"], tx.owner, left.book, left.version, left.card, left.sealed, now)
