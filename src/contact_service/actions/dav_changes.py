"""The change feed of one address book as CardDAV reads it: names of resources, tokens that are URIs (RFC 6578)."""

import msgspec

from contact_service.actions import changes
from contact_service.actions.context import House
from contact_service.actions.listing import Entry, Shelf
from contact_service.model.book import Book
from contact_service.model.ids import BookId
from contact_service.model.owner import Head
from contact_service.model.problem import SyncTokenUnknown
from contact_service.vault.tokens import SyncToken

_URI = "urn:x-cs:sync:"


class DavPage(msgspec.Struct, frozen=True):
    """A stretch of the feed: live cards, and names that are no more, in its order."""

    rows: list[Entry | str]
    more: bool
    token: str


def token(house: House, head: Head, book: Book, projection: str) -> str:
    """The token of the book as it stands; `projection` names what a device is shown beside the cards."""
    return _told(house, head, book, projection, book.version)


def _told(
    house: House, head: Head, book: Book, projection: str, at: int, start: int | None = None
) -> str:
    scope = BookId(book.id + projection)
    return _URI + house.signer.sync_token(head.owner, head.epoch, at, start, book=scope)


def page(
    house: House,
    head: Head,
    book: Book,
    shelved: Shelf,
    since: str,
    limit: int | None,
    projection: str,
) -> DavPage:
    """The changes after `since` ("": from the start), at most `limit` rows; without a limit all of them.

    Raises SyncTokenUnknown and SyncTokenFuture (400), SyncTokenExpired (410).
    """
    at = _place(house, head, book, since, projection)
    rows: list[tuple[int, Entry | str]] = [(e.version, e) for e in shelved.changed(at.version)]
    # A first sync has nothing to remove but what went while it was paging.
    removed = shelved.removed(max(at.version, at.start or 0))
    if removed:
        rows = sorted([*rows, *removed], key=lambda row: row[0])
    more = limit is not None and len(rows) > limit
    if not more:
        return DavPage(
            [row for _, row in rows], more=False, token=token(house, head, book, projection)
        )
    sent = rows[:limit]
    last = _told(house, head, book, projection, sent[-1][0], at.start)
    return DavPage([row for _, row in sent], more=True, token=last)


def _place(house: House, head: Head, book: Book, since: str, projection: str) -> SyncToken:
    if not since:
        return SyncToken(head.epoch, 0, book.version)
    if not since.startswith(_URI):
        raise SyncTokenUnknown
    scope = BookId(book.id + projection)
    found = house.signer.read_sync_token(head.owner, since.removeprefix(_URI), book=scope)
    return changes.valid(found, head.epoch, book.floor, book.version)
