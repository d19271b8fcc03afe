"""Photos and other binary values at rest: sealed once an owner and content, apart from the cards that point to them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("blobs")


class BlobRow(msgspec.Struct, frozen=True, gc=False):
    """A blob as it rests. `blob`: its id, the keyed hash of its content; `media`: its media type; `size`: bytes of the
    content, which are more when sealed.
    """

    blob: bytes
    media: str
    size: int
    sealed: bytes


async def held(tx: Tx, blobs: Sequence[bytes]) -> dict[bytes, int]:
    """The sizes of those of these blobs that the owner has, by id."""
    rows = await tx.rows(SQL["held"], tx.owner, list(blobs))
    return {row["blob"]: row["size"] for row in rows}


async def get_many(tx: Tx, blobs: Sequence[bytes]) -> dict[bytes, BlobRow]:
    """Those of these blobs that the owner has, by id."""
    rows = await tx.rows(SQL["get_many"], tx.owner, list(blobs))
    return {row["blob"]: BlobRow(*row) for row in rows}


async def put(tx: Tx, rows: Sequence[BlobRow], now: datetime) -> None:
    """Keep blobs; what is there already stays as it is."""
    await tx.run(
        SQL["put"],
        tx.owner,
        [row.blob for row in rows],
        [row.media for row in rows],
        [row.size for row in rows],
        [row.sealed for row in rows],
        now,
    )


async def drop_unused(tx: Tx, before: datetime) -> int:
    """Delete the blobs kept before that moment which no card, former revision or refused body points to; how many.

    The owner's row must be locked (`edge.write`): a card being written could else point to one that goes.
    """
    return await tx.run(SQL["drop_unused"], tx.owner, before)
