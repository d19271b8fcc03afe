"""The discovery budget at rest: a row an account, what identifiers left behind, and the counts of the fences."""

from collections.abc import Sequence
from datetime import date, datetime

from contact_service.model.budget import Budget
from contact_service.model.ids import OwnerId, UserId
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("budgets")


def _budget(row: Row | None) -> Budget | None:
    return Budget(**row) if row is not None else None


async def get(tx: Tx, owner: OwnerId) -> Budget | None:
    """The state as this transaction sees it; None before the first charge."""
    return _budget(await tx.row(SQL["get"], owner))


async def lock(tx: Tx, owner: OwnerId) -> tuple[str, Budget] | None:
    """The class of the last charge and the state, held until commit; None before the first charge."""
    row = await tx.row(SQL["lock"], owner)
    if row is None:
        return None
    columns = dict(row)
    return columns.pop("class"), Budget(**columns)


async def started(tx: Tx, owner: OwnerId, trust: str, fresh: Budget) -> Budget:
    """The state, held until commit: `fresh` (its start is now), or what another transaction has started meanwhile."""
    row = await tx.row(
        SQL["start"], owner, trust, fresh.balance, fresh.earned, fresh.granted, fresh.started_at
    )
    found = _budget(row)
    assert found is not None, "the statement makes one or holds the one that is there"
    return found


async def put(tx: Tx, owner: OwnerId, trust: str, state: Budget) -> None:
    """Keep the state; the row is locked."""
    await tx.run(
        SQL["put"],
        owner,
        trust,
        state.balance,
        state.earned,
        state.granted,
        state.updated_at,
        state.slow_until,
        state.asked,
        state.hits,
        state.near,
    )


async def since(tx: Tx) -> datetime | None:
    """When the owner's account was made; None when it never was."""
    found: datetime | None = await tx.value(SQL["since"], tx.owner)
    return found


async def holds(tx: Tx, user: UserId) -> bool:
    """Whether the account has a verified identifier now. Reference table."""
    return bool(await tx.value(SQL["holds"], user))


async def note_evaluated(tx: Tx, epoch: int, units: int) -> None:
    """Add to what the owner spent under a key epoch of private discovery."""
    await tx.run(SQL["note_evaluated"], tx.owner, epoch, units)


async def credit(tx: Tx, epoch: int) -> int:
    """What the owner spent under that epoch, the first time it is asked for; then 0."""
    return int(await tx.value(SQL["credit"], tx.owner, epoch) or 0)


async def carry(tx: Tx, tags: Sequence[bytes], state: Budget) -> None:
    """Leave the state under each of these tags. Reference table."""
    await tx.run(
        SQL["carry"],
        sorted(tags),
        state.balance,
        state.earned,
        state.granted,
        state.slow_until,
        state.updated_at,
    )


async def carried(tx: Tx, tags: Sequence[bytes]) -> list[Budget]:
    """Take what lies under these tags. Reference table."""
    rows = await tx.rows(SQL["carried"], sorted(tags))
    return [Budget(started_at=row["updated_at"], **row) for row in rows]


async def hold_network(tx: Tx, day: date, network: bytes) -> int:
    """What young accounts of the network spent that day; the row is held until commit. Reference table."""
    return int(await tx.value(SQL["hold_network"], day, network))


async def add_network(tx: Tx, day: date, network: bytes, units: int) -> None:
    """Add to that; the row is held."""
    await tx.run(SQL["add_network"], day, network, units)


async def add_day(tx: Tx, day: date, shard: int, units: int, hits: int) -> None:
    """Add to what all spent that day. Reference table."""
    await tx.run(SQL["add_day"], day, shard, units, hits)


async def days(tx: Tx, first: date) -> dict[date, int]:
    """What all spent, by day, from `first` on."""
    return {row["day"]: row["units"] for row in await tx.rows(SQL["days"], first)}


async def drop_carry(tx: Tx, before: datetime, most: int) -> int:
    """Let go of states that were left before; how many went, at most `most`."""
    return await tx.run(SQL["drop_carry"], before, most)


async def drop_networks(tx: Tx, before: date, most: int) -> int:
    """Let go of the counts of networks from before that day; how many went, at most `most`."""
    return await tx.run(SQL["drop_networks"], before, most)


async def drop_days(tx: Tx, before: date) -> int:
    """Let go of the counts of all from before that day."""
    return await tx.run(SQL["drop_days"], before)
