"""An owner's contacts as they stand for this request: the snapshot or the listing that fits the head."""

import time
from collections.abc import AsyncIterable
from functools import partial

from contact_service.actions import keys, listing, shelf, snapshot
from contact_service.actions.context import Context, House
from contact_service.actions.listing import Listing
from contact_service.actions.snapshot import Snapshot
from contact_service.model.group import Groups
from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head
from contact_service.model.problem import NotFound
from contact_service.storage import cards, listings, owners
from contact_service.storage.cards import PlaceRow
from contact_service.storage.db import Tx
from contact_service.storage.listings import Delta
from contact_service.vault.sealing import DataKey


async def book(house: House, head: Head) -> Snapshot:
    """All contacts, opened: a snapshot at least as new as `head`, from memory or from one read transaction."""
    found = house.snapshots.fresh(head)
    if found is not None:
        return found
    return await house.snapshots.load(head, partial(_load_book, house))


async def here(ctx: Context) -> Snapshot:
    """All contacts as the transaction of a write finds them; to be asked before it writes any."""
    found = ctx.house.snapshots.fresh(ctx.head)
    if found is None:
        # Not by `load`, which others share: they would wait for this transaction, and this one for a connection.
        older = ctx.house.snapshots.held(ctx.owner)
        found = await _read_book(ctx.tx, ctx.key, ctx.head, older)
        ctx.house.snapshots.keep(found)
    return found


async def groups(house: House, book: Snapshot) -> Groups:
    """The groups of this book."""
    found = await book.groups(partial(_name, house, book.head.owner))
    house.snapshots.keep(book)
    return found


def _name(house: House, owner: OwnerId, keyword: str) -> str:
    # Opaque, for proxies log paths; "k" follows every hexadecimal digit, so keywords are listed behind cards.
    return f"k-{house.signer.alias(owner, 'keyword', keyword)}"


async def places(house: House, head: Head) -> Listing:
    """Where all contacts lie: a listing at least as new as `head`, from memory or from one read transaction."""
    found = house.listings.fresh(head)
    if found is not None:
        return found
    return await house.listings.load(head, partial(_load_places, house))


async def _load_book(house: House, owner: OwnerId, older: Snapshot | None) -> Snapshot:
    async with house.db.read(owner) as tx:
        seen = await _seen(tx)
        return await _read_book(tx, await keys.of_owner(house, tx, seen.key_gen), seen, older)


async def _read_book(tx: Tx, key: DataKey, seen: Head, older: Snapshot | None) -> Snapshot:
    if older is not None and not _precedes(older.head, seen):
        older = None
    feed = cards.feed(tx, older.head.version if older else 0)
    return await snapshot.build(key, seen, feed, older, await shelf.read(tx, key))


async def _load_places(house: House, owner: OwnerId, older: Listing | None) -> Listing:
    return await _moved_on(house, owner, older) or await _read_places(house, owner, older)


async def _moved_on(house: House, owner: OwnerId, older: Listing | None) -> Listing | None:
    """`older` with what is new, where that is one statement's worth, as it nearly always is; else None."""
    if older is None:
        return None
    found = await house.db.glance(owner, partial(listings.delta, since=older.head.version))
    if found is None or listings.is_cut(found) or not _precedes(older.head, found.head):
        return None
    key = house.open_keys.get(owner, found.head.key_gen, time.monotonic())
    return await _grown(key, found, listings.places_at_once(found), older) if key else None


async def _read_places(house: House, owner: OwnerId, older: Listing | None) -> Listing:
    async with house.db.read(owner) as tx:
        found = await listings.delta(tx, older.head.version if older else 0)
        if found and older is not None and not _precedes(older.head, found.head):
            older = None
            found = await listings.delta(tx, 0)
        if found is None:
            raise NotFound
        key = await keys.of_owner(house, tx, found.head.key_gen)
        return await _grown(key, found, listings.places(tx, found), older)


async def _grown(
    key: DataKey, found: Delta, feed: AsyncIterable[list[PlaceRow]], older: Listing | None
) -> Listing:
    shelved = shelf.opened(key, found.books)
    words = found.words if found.head.keyword_groups else []
    return await listing.build(key, found.head, feed, found.left, older, shelved, words)


async def _seen(tx: Tx) -> Head:
    seen = await owners.read(tx)
    if seen is None:
        raise NotFound
    return seen


def _precedes(older: Head, seen: Head) -> bool:
    return older.epoch == seen.epoch and older.version <= seen.version
