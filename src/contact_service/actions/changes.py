"""The change feed: what a device lacks, oldest first, and a token to ask for the rest (RFC 6578 3; sync.md 2).

The JSON face reads all books as one feed, a CardDAV collection is one book's. The token of a full page is the last row
sent, never the final state; that of the last page is the head.
"""

import random

import msgspec

from contact_service.actions import view
from contact_service.actions.context import House
from contact_service.actions.snapshot import Shown, Snapshot
from contact_service.model.owner import Head
from contact_service.model.problem import SyncTokenExpired, SyncTokenFuture
from contact_service.vault.tokens import SyncToken


class Page(msgspec.Struct, frozen=True):
    """A stretch of the feed. `rows` are live cards to show and ids of removed ones, in the feed's order."""

    rows: list[Shown | str]
    more: bool
    token: str


def head_token(house: House, head: Head) -> str:
    """The token of the state at `head`: the same bytes for the same state."""
    return house.signer.sync_token(head.owner, head.epoch, head.version)


async def page(house: House, head: Head, since: str | None, limit: int) -> Page:
    """The changes after `since` (None: from the start, as a snapshot), at most `limit` rows.

    Raises SyncTokenUnknown and SyncTokenFuture (400), SyncTokenExpired (410).
    """
    book = await view.book(house, head)
    token = _place(house, book, since)
    rows = _rows(book, token)
    more = len(rows) > limit
    if not more:
        return Page([row for _, row in rows], more=False, token=head_token(house, book.head))
    sent = rows[:limit]
    owner, epoch = book.head.owner, book.head.epoch
    return Page(
        [row for _, row in sent],
        more=True,
        token=house.signer.sync_token(owner, epoch, sent[-1][0], token.start),
    )


def _place(house: House, book: Snapshot, since: str | None) -> SyncToken:
    head = book.head
    if since is None:
        return SyncToken(head.epoch, 0, head.version)
    token = house.signer.read_sync_token(head.owner, since)
    return valid(token, head.epoch, head.feed_floor, head.version)


def valid(token: SyncToken, epoch: int, floor: int, last: int) -> SyncToken:
    """The token, if it is of this epoch and of a number that is neither forgotten nor to come.

    Raises SyncTokenExpired (410), SyncTokenFuture (400).
    """
    # A first sync that is still paging was never owed the tombstones from before its start.
    owed_from = max(token.version, token.start or 0)
    if token.epoch != epoch or owed_from < floor:
        # Spread out: after a restore every device of every owner starts again at once.
        raise SyncTokenExpired(random.randint(1, 30))  # noqa: S311  jitter, no secret
    if token.version > last:
        raise SyncTokenFuture
    return token


def _rows(book: Snapshot, token: SyncToken) -> list[tuple[int, Shown | str]]:
    changed: list[tuple[int, Shown | str]] = [(c.version, c) for c in book.changed(token.version)]
    # A first sync has nothing to remove but what went while it was paging.
    removed = book.removed(max(token.version, token.start or 0))
    if not removed:
        return changed
    return sorted([*changed, *removed], key=lambda row: row[0])
