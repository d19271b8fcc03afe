"""The Matrix face at rest: access tokens by their keyed hash, and whole sets of addresses that were paid for."""

from datetime import datetime

import msgspec

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("matrix")


class Session(msgspec.Struct, frozen=True):
    """Who an access token stands for."""

    owner: OwnerId
    mxid: str


async def session(tx: Tx, token: bytes, now: datetime) -> Session | None:
    """Whose token it is; None when it is nobody's, or past its time. One statement, of no owner."""
    row = await tx.row(SQL["session"], token, now)
    return Session(OwnerId(row["owner_id"]), row["mxid"]) if row is not None else None


async def add_session(
    tx: Tx, token: bytes, mxid: str, now: datetime, until: datetime, most: int
) -> None:
    """Keep a token of the transaction's owner, who has at most `most`: the oldest go."""
    await tx.run(SQL["add_session"], token, tx.owner, mxid, now, until)
    await tx.run(SQL["trim_sessions"], tx.owner, most)


async def drop_session(tx: Tx, token: bytes) -> None:
    """Let go of a token."""
    await tx.run(SQL["drop_session"], token)


async def drop_expired(tx: Tx, now: datetime, most: int) -> int:
    """Let go of at most `most` tokens past their time; how many went."""
    return await tx.run(SQL["drop_expired"], now, most)


async def paid(tx: Tx, epoch: int, mac: bytes) -> bool:
    """Whether the owner paid for this whole set in that epoch."""
    return await tx.value(SQL["paid"], tx.owner, epoch, mac) is not None


async def add_set(tx: Tx, epoch: int, mac: bytes, now: datetime, most: int) -> None:
    """The owner paid for this whole set, and has at most `most` of them: the oldest go."""
    await tx.run(SQL["add_set"], tx.owner, epoch, mac, now, most - 1)


async def drop_sets(tx: Tx) -> None:
    """Forget which sets the owner paid for."""
    await tx.run(SQL["drop_sets"], tx.owner)
