"""Keywords as rows of the feed, for devices that are shown them as group cards: sealed, numbered like cards."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.ids import BookId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("keyword_groups")


class KeywordRow(msgspec.Struct, frozen=True, gc=False):
    """A keyword of one book: its keyed hash, itself sealed, the number it changed at. Not `live`: nobody has it."""

    group: UUID
    book: BookId
    keyword_key: bytes
    sealed: bytes
    version: int
    live: bool
    at: datetime


async def put(tx: Tx, rows: Sequence[KeywordRow], now: datetime) -> None:
    """Write rows whose numbers were taken from the locked head; a keyword that has a row keeps its id."""
    await tx.run(
        SQL["put"],
        tx.owner,
        [row.group for row in rows],
        [row.book for row in rows],
        [row.keyword_key for row in rows],
        [row.sealed for row in rows],
        [row.version for row in rows],
        [row.live for row in rows],
        now,
    )


async def of_owner(tx: Tx) -> list[KeywordRow]:
    """All rows, of all books, by number."""
    return [KeywordRow(*row) for row in await tx.rows(SQL["of_owner"], tx.owner)]
