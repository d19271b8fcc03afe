"""Objections at rest: people who do not want to be found, registered or not. A keyed tag and a time, nothing else.

The gate joins them to directory entries itself (sql/directory.sql); tags are made with Person.OBJECTION.
"""

from collections.abc import Sequence
from datetime import datetime

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("objections")


async def add(tx: Tx, tag: bytes, at: datetime) -> bool:
    """Keep an objection. False when it stands already: the first date stays."""
    return await tx.value(SQL["add"], tag, at) is not None


async def remove(tx: Tx, tag: bytes) -> bool:
    """Lift an objection. False when there was none."""
    return await tx.value(SQL["remove"], tag) is not None


async def among(tx: Tx, tags: Sequence[bytes]) -> set[bytes]:
    """Those of the tags that stand as objections."""
    return {row["tag"] for row in await tx.rows(SQL["among"], sorted(tags))}
