"""Search as you type in the owner's own book: in memory, nothing about names is indexed at rest (matching.md 4)."""

from contact_service.actions import view
from contact_service.actions.context import House
from contact_service.actions.snapshot import Shown
from contact_service.matching.search import Hit
from contact_service.model.owner import Head

MAX_QUERY = 256
"""Characters a query."""


async def find(
    house: House, head: Head, query: str, limit: int, matched: frozenset[str] = frozenset()
) -> list[tuple[Shown, Hit]]:
    """The best contacts for `query`, best first, each with where it was found. Nothing for an empty query.

    `matched`: ids of contacts that are users, which go first among equals.
    """
    book = await view.book(house, head)
    index = await book.index()
    house.snapshots.keep(book)
    found = []
    for hit in index.search(query[:MAX_QUERY], limit, matched):
        card = book.get(hit.id)
        if card is not None:
            found.append((card, hit))
    return found
