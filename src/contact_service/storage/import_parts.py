"""The pieces of a file that is being read, sealed; they go when it is read, and within a day whatever happens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("import_parts")


async def put(tx: Tx, id_: UUID, first: int, sealed: Sequence[bytes], now: datetime) -> None:
    """Keep pieces from number `first` on."""
    numbers = list(range(first, first + len(sealed)))
    await tx.run(SQL["put"], tx.owner, id_, numbers, list(sealed), now)


async def get(tx: Tx, id_: UUID, number: int) -> bytes | None:
    """That piece; None when it is not there (any more)."""
    found: bytes | None = await tx.value(SQL["get"], tx.owner, id_, number)
    return found


async def drop(tx: Tx, id_: UUID) -> None:
    """Let go of the file."""
    await tx.run(SQL["drop"], tx.owner, id_)


async def newest(tx: Tx, id_: UUID) -> datetime | None:
    """When the last piece came; None: there is none."""
    found: datetime | None = await tx.value(SQL["newest"], tx.owner, id_)
    return found
