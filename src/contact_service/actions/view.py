"""The owner's book as it stands for this request: the snapshot that fits the head."""

from functools import partial

from contact_service.actions import keys, snapshot
from contact_service.actions.context import House
from contact_service.actions.snapshot import Snapshot
from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head
from contact_service.model.problem import NotFound
from contact_service.storage import cards, owners


async def book(house: House, head: Head) -> Snapshot:
    """A snapshot at least as new as `head`, from memory or from one read transaction of the owner."""
    found = house.snapshots.fresh(head)
    if found is not None:
        return found
    return await house.snapshots.load(head, partial(_load, house))


async def _load(house: House, owner: OwnerId, older: Snapshot | None) -> Snapshot:
    async with house.db.read(owner) as tx:
        seen = await owners.read(tx)
        if seen is None:
            raise NotFound
        if older is not None and (
            older.head.epoch != seen.epoch or older.head.version > seen.version
        ):
            older = None
        key = await keys.of_owner(house, tx, seen.key_gen)
        floor = await owners.floor(tx)
        rows = await cards.feed(tx, older.head.version if older else 0)
    return await snapshot.build(key, seen, rows, older, floor)
