"""What a listing needs to move on, read in one statement: head, books, places, names that went, keywords."""

from collections.abc import AsyncIterator

import msgspec

from contact_service.model.owner import Head
from contact_service.storage import cards, owners, queries
from contact_service.storage.books import BookRow, LeftName
from contact_service.storage.cards import FEED_PAGE, PlaceRow
from contact_service.storage.db import Tx
from contact_service.storage.keyword_groups import KeywordRow

SQL = queries.load("listings")


class Delta(msgspec.Struct, frozen=True):
    """The head and all books; of the rest what was numbered after a version, oldest first. `first` is the first page
    of the places: see `places`.
    """

    head: Head
    books: list[BookRow]
    left: list[LeftName]
    words: list[KeywordRow]
    first: list[PlaceRow]


async def delta(tx: Tx, since: int) -> Delta | None:
    """All that came after `since`; None when this owner was never here."""
    row = await tx.row(SQL["delta"], tx.owner, since, FEED_PAGE)
    if row is None:
        return None
    return Delta(
        owners.head(row),
        [BookRow(*book) for book in row["books"]],
        [LeftName(*left) for left in row["left_names"]],
        [KeywordRow(*word) for word in row["keywords"]],
        [PlaceRow(*place) for place in row["places"]],
    )


async def places(tx: Tx, delta: Delta) -> AsyncIterator[list[PlaceRow]]:
    """The delta's places in pages, the first of which was read with it."""
    if delta.first:
        yield delta.first
    if len(delta.first) == FEED_PAGE:
        async for page in cards.places(tx, delta.first[-1].version):
            yield page
