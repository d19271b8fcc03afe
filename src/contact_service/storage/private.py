"""Buckets of private discovery at rest: digests of what is shared with everyone, and the log of what came and went.

They are written with the other indexes (storage/indexes.py). Who a digest is, the gate alone asks.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contact_service.model.ids import UserId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("private")
_LEAP = 1_000_000_000
"""More numbers than can be lost with the time since a backup."""
HEAD_BYTES = 8
"""What is read of a digest: a bucket's number and a tag have 64 bits together, at most."""


class Clock(msgspec.Struct, frozen=True):
    """`seq`: the directory's number now; of what came after `floor` the log holds all."""

    seq: int
    floor: int


class Line(msgspec.Struct, frozen=True, gc=False):
    """A digest that came into a bucket or left it."""

    bucket: int
    seq: int
    digest: bytes
    user: UserId


async def clock(tx: Tx) -> Clock:
    """The directory's numbers."""
    row = await tx.row(SQL["clock"])
    assert row is not None, "made by the first migration"
    return Clock(*row)


async def buckets(tx: Tx, epoch: int, bounds: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """What stands between these first and last digests: 8 bytes of each, one after the other, in no order."""
    rows = await tx.rows(SQL["buckets"], epoch, [b[0] for b in bounds], [b[1] for b in bounds])
    found = {row["place"]: row["heads"] for row in rows}
    return [found.get(place, b"") for place in range(1, len(bounds) + 1)]


async def of_users(tx: Tx, epoch: int, users: Sequence[UserId]) -> list[tuple[UserId, bytes]]:
    """(user, digest) of all that these users have in buckets."""
    rows = await tx.rows(SQL["of_users"], epoch, users)
    return [(UserId(row["user_id"]), row["digest"]) for row in rows]


async def log(tx: Tx, epoch: int, after: dict[int, int]) -> list[Line]:
    """What came into these buckets and left them after a number of each (bucket -> number), in no order."""
    rows = await tx.rows(SQL["log"], epoch, list(after), list(after.values()))
    return [Line(r["bucket"], r["seq"], r["digest"], UserId(r["user_id"])) for r in rows]


async def past(tx: Tx, before: datetime) -> int | None:
    """The last number of the log that is older than a moment; None when nothing is."""
    found: int | None = await tx.value(SQL["past"], before)
    return found


async def raise_floor(tx: Tx, seq: int) -> None:
    """Tell from now on that the log is held after this number only. Commit it before rows go."""
    await tx.run(SQL["raise_floor"], seq)


async def leap(tx: Tx) -> None:
    """Let no number that was told before count: whoever held a bucket is given the whole."""
    await tx.run(SQL["leap"], _LEAP)


async def drop_log(tx: Tx, seq: int, most: int) -> int:
    """Let go of up to `most` rows up to this number; how many went."""
    return await tx.run(SQL["drop_log"], seq, most)
