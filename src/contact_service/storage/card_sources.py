"""Where cards came from: record keys of devices (keyed hashes), each with the digest of what came last."""

import msgspec

from contact_service.model.ids import CardId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("card_sources")


class Device(msgspec.Struct, frozen=True):
    """A source of records: kind as in the API, and the keyed hash of the device's id."""

    kind: str
    key: bytes


class Link(msgspec.Struct, frozen=True, gc=False):
    """A record of a device and the card it became. What the device sent last is the card's revision at `version`, or
    `record`, sealed, where a merge made something else of it.
    """

    source_key: bytes
    card: CardId
    digest: bytes
    version: int = 0
    record: bytes | None = None


async def of_device(tx: Tx, device: Device) -> dict[bytes, Link]:
    """All that the device has brought, by record key."""
    rows = await tx.rows(SQL["of_device"], tx.owner, device.kind, device.key)
    return {row["source_key"]: Link(*row) for row in rows}


async def put(tx: Tx, device: Device, links: list[Link], *, fresh: bool) -> None:
    """Keep links. `fresh`: the caller knows that the device never brought these records."""
    await tx.run(
        SQL["add" if fresh else "put"],
        tx.owner,
        device.kind,
        device.key,
        [link.source_key for link in links],
        [link.card for link in links],
        [link.digest for link in links],
        [link.version for link in links],
        [link.record for link in links],
    )


async def drop(tx: Tx, device: Device, keys: list[bytes]) -> None:
    """Unlink these records of the device."""
    await tx.run(SQL["drop"], tx.owner, device.kind, device.key, keys)


async def linked_elsewhere(
    tx: Tx, device: Device, cards: list[CardId], keys: list[bytes]
) -> set[CardId]:
    """Which of the cards some record still links to, other than these records of this device."""
    rows = await tx.rows(SQL["linked_elsewhere"], tx.owner, cards, device.kind, device.key, keys)
    return {CardId(row["card_id"]) for row in rows}


async def drop_all(tx: Tx) -> None:
    """Forget where the owner's cards came from."""
    await tx.run(SQL["drop_all"], tx.owner)
