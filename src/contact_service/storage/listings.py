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


def is_cut(delta: Delta) -> bool:
    """Whether there may be more places than the first page."""
    return len(delta.first) == FEED_PAGE


async def places_at_once(delta: Delta) -> AsyncIterator[list[PlaceRow]]:
    """The first page of the delta's places, which is all of them unless it is cut."""
    if delta.first:
        yield delta.first


async def places(tx: Tx, delta: Delta) -> AsyncIterator[list[PlaceRow]]:
    """All of the delta's places in pages."""
    async for first in places_at_once(delta):
        yield first
    if is_cut(delta):
        async for page in cards.places(tx, delta.first[-1].version):
            yield page
