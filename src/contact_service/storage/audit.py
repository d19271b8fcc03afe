"""The audit log: what was done to whose data, in the acting transaction. Random ids only, no name, no identifier."""

from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("audit")


class Entry(msgspec.Struct, frozen=True):
    """One act: `action` is story and participle (`block.added`); `n` counts objects where they are many."""

    owner: OwnerId
    id: UUID
    at: datetime
    actor: str
    action: str
    actor_kind: str = "owner"
    object_kind: str | None = None
    object_id: str | None = None
    n: int | None = None
    outcome: str = "done"
    request_id: str | None = None


async def append(tx: Tx, entry: Entry) -> None:
    """Write one entry."""
    await tx.run(
        SQL["append"],
        entry.owner,
        entry.at,
        entry.id,
        entry.actor,
        entry.actor_kind,
        entry.action,
        entry.object_kind,
        entry.object_id,
        entry.n,
        entry.outcome,
        entry.request_id,
    )


async def kinds(tx: Tx) -> list[str]:
    """What was done for this owner, oldest first."""
    return [row["action"] for row in await tx.rows(SQL["kinds"], tx.owner)]
