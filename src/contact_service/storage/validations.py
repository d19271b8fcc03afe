"""What validators said of identifiers that an owner was about to invite: sealed, under keyed tags, for a while."""

from datetime import datetime

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("validations")


async def get(tx: Tx, tag: bytes, not_before: datetime) -> bytes | None:
    """What was said since then, sealed."""
    found: bytes | None = await tx.value(SQL["get"], tx.owner, tag, not_before)
    return found


async def put(tx: Tx, tag: bytes, sealed: bytes, at: datetime) -> None:
    """Keep what was said."""
    await tx.run(SQL["put"], tx.owner, tag, sealed, at)


async def forget(tx: Tx, before: datetime) -> int:
    """What was said before then goes; how many those were."""
    return await tx.run(SQL["forget"], tx.owner, before)


async def drop_all(tx: Tx) -> int:
    """All that was said to the owner goes."""
    return await tx.run(SQL["drop_all"], tx.owner)
