"""How many calls were made lately to a provider: rows that all workers share, and the database's clock with them."""

from datetime import datetime, timedelta

import msgspec

from contact_service.model.pace import FRESH, Window
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("provider_buckets")


class Seen(msgspec.Struct, frozen=True):
    """A bucket as it stands: `rev` names this very state, `now` is the database's time."""

    rev: int
    window: Window
    not_before: datetime | None
    now: datetime


async def get(tx: Tx, bucket: str) -> Seen:
    """The bucket, made where there is none."""
    row = await tx.row(SQL["get"], bucket)
    assert row is not None, "an outer join has a row"
    if row["rev"] is None:
        await tx.run(SQL["make"], bucket, list(FRESH.counts))
        row = await tx.row(SQL["get"], bucket)
        assert row is not None, "as above"
    window = Window(row["slot"], tuple(row["counts"]))
    return Seen(row["rev"], window, row["not_before"], row["now"])


async def put(tx: Tx, bucket: str, rev: int, window: Window) -> bool:
    """Change it from what `rev` names; False, and nothing changed, when somebody else was first."""
    changed = await tx.value(SQL["put"], bucket, rev, window.slot, list(window.counts))
    return changed is not None


async def silence(tx: Tx, bucket: str, wait: timedelta) -> None:
    """Nobody calls for so long from now on."""
    await tx.run(SQL["silence"], bucket, wait)


async def drop(tx: Tx, before: datetime) -> None:
    """Buckets that nobody used since then go."""
    await tx.run(SQL["drop"], before)
