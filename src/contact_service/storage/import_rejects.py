"""The records that runs could not take, one by one; what they were is sealed and goes after a week."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("import_rejects")


class RejectRow(msgspec.Struct, frozen=True, gc=False):
    """A reject as it rests. `sealed` None: its bytes are not kept (any more)."""

    n: int
    place: int
    line: int
    code: str
    reason: str
    sealed: bytes | None


async def add(tx: Tx, id_: UUID, rows: Sequence[RejectRow], now: datetime) -> None:
    """Keep rejects of that run."""
    if not rows:
        return
    columns = [list(column) for column in zip(*map(msgspec.structs.astuple, rows), strict=True)]
    await tx.run(SQL["add"], tx.owner, id_, *columns, now)


async def page(tx: Tx, id_: UUID, after: int, limit: int) -> list[RejectRow]:
    """Rejects of that run that follow number `after`."""
    return [RejectRow(*row) for row in await tx.rows(SQL["page"], tx.owner, id_, after, limit)]


async def drop(tx: Tx, id_: UUID) -> None:
    """Let go of the rejects of that run."""
    await tx.run(SQL["drop"], tx.owner, id_)
