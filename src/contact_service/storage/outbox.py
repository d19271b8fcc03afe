"""The outbox: errands written in the owner's own commit, so that none is lost and none is done for what was undone.

A sweep moves them to the queue (jobs/sweep.py). Until then they stand here; a payload is sealed and holds ids only.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Db, Tx

SQL = queries.load("outbox")
_NOBODY = OwnerId("")


class Errand(msgspec.Struct, frozen=True):
    """Work left for later. `payload` is sealed under the owner's key (kind job, object `id`); None: there is none."""

    owner: OwnerId
    at: datetime
    id: UUID
    task: str
    payload: bytes | None


async def put(tx: Tx, task: str, id_: UUID, payload: bytes | None, now: datetime) -> None:
    """Leave an errand of this owner."""
    await tx.run(SQL["put"], tx.owner, now, id_, task, payload)


async def waiting(db: Db, tasks: Sequence[str], limit: int) -> list[Errand]:
    """Up to `limit` errands of any owner, of these tasks; those of one owner stand together, oldest first."""

    async def story(tx: Tx) -> list[Errand]:
        rows = await tx.rows(SQL["waiting"], _NOBODY, list(tasks), limit)
        return [Errand(*row) for row in rows]

    return await db.reading(_NOBODY, story)


async def moved(tx: Tx, ids: Sequence[UUID]) -> None:
    """Take errands of this owner away, once the queue has them."""
    await tx.run(SQL["moved"], tx.owner, list(ids))
