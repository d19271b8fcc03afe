"""All owners, page by page in the order of their ids: what commands and nightly work go through."""

from collections.abc import Sequence

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Db, Tx

SQL = queries.load("walk")
START = OwnerId("")
"""Before the first owner."""


async def owners(db: Db, after: OwnerId, limit: int) -> list[OwnerId]:
    """Up to `limit` owners whose ids follow `after`."""

    async def story(tx: Tx) -> list[OwnerId]:
        rows = await tx.rows(SQL["owners"], after, limit)
        return [OwnerId(row["owner_id"]) for row in rows]

    return await db.reading(START, story)


async def renew(db: Db, of: Sequence[OwnerId], epoch: int, other: int) -> int:
    """Give these owners the epoch, or `other` where they had that one; how many there were."""

    async def story(tx: Tx) -> int:
        return await tx.run(SQL["renew"], list(of), epoch, other)

    return await db.sharing(story)
