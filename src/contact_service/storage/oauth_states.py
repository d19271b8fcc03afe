"""Links that owners began: sealed, used once, gone after ten minutes."""

from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Db, Tx

SQL = queries.load("oauth_states")


class StateRow(msgspec.Struct, frozen=True):
    """A link under way; `code`, sealed, once it came and waits for the app."""

    sealed: bytes
    code: bytes | None
    expires_at: datetime


async def add(tx: Tx, state: UUID, sealed: bytes, until: datetime) -> None:
    """Keep it."""
    await tx.run(SQL["add"], tx.owner, state, sealed, until)


async def drop_ended(tx: Tx, now: datetime, most: int) -> None:
    """Those whose time is over go, and the oldest beyond `most`."""
    await tx.run(SQL["drop_ended"], tx.owner, now, most)


async def lock(tx: Tx, state: UUID) -> StateRow | None:
    """It, held until commit: of two who use it, one comes too late. None: there is none (any more)."""
    row = await tx.row(SQL["lock"], tx.owner, state)
    return StateRow(row["sealed"], row["code"], row["expires_at"]) if row is not None else None


async def put_code(tx: Tx, state: UUID, sealed: bytes, code: bytes) -> None:
    """The code came; both sealed."""
    await tx.run(SQL["put_code"], tx.owner, state, sealed, code)


async def remove(tx: Tx, state: UUID) -> None:
    """It was used."""
    await tx.run(SQL["remove"], tx.owner, state)


async def ended(db: Db, after: OwnerId, now: datetime, limit: int) -> list[OwnerId]:
    """Up to `limit` owners after that one who have links whose time is over."""

    async def story(tx: Tx) -> list[OwnerId]:
        return [OwnerId(r["owner_id"]) for r in await tx.rows(SQL["ended"], after, now, limit)]

    return await db.reading(OwnerId(""), story)
