"""The ledger of paid calls, and the row of each day at which all owners' calls meet."""

from datetime import date, datetime
from uuid import UUID

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Db, Tx

SQL = queries.load("provider_spend")
DAYS = queries.load("provider_days")


async def of_run(tx: Tx, run: UUID) -> int:
    """What the run cost so far, at the most, in millionths of a USD."""
    return int(await tx.value(SQL["of_run"], tx.owner, run))


async def of_owner(tx: Tx, since: datetime) -> int:
    """What the owner's calls cost since then, at the most."""
    return int(await tx.value(SQL["of_owner"], tx.owner, since))


async def spend_day(tx: Tx, day: date, micro_usd: int, limit: int) -> bool:
    """Spend on that day; False, and nothing spent, where `limit` does not cover it. Reference table."""
    await tx.run(DAYS["open"], day)
    return await tx.value(DAYS["spend"], day, micro_usd, limit) is not None


async def add(
    tx: Tx, id_: UUID, provider: str, run: UUID | None, micro_usd: int, now: datetime
) -> None:
    """Note a call before it is made, with the most it may cost."""
    await tx.run(SQL["add"], tx.owner, id_, provider, run, micro_usd, now)


async def settle(tx: Tx, id_: UUID, micro_usd: int) -> bool:
    """Note what it cost; False when that is noted already."""
    return await tx.value(SQL["settle"], tx.owner, id_, micro_usd) is not None


async def give_back(tx: Tx, day: date, micro_usd: int) -> None:
    """What a call of that day cost less than it might have. Reference table."""
    await tx.run(DAYS["give_back"], day, micro_usd)


async def drop(tx: Tx, before: datetime) -> None:
    """The owner's rows of before then go."""
    await tx.run(SQL["drop"], tx.owner, before)


async def drop_days(tx: Tx, before: date) -> None:
    """Past days go. Reference table."""
    await tx.run(DAYS["drop"], before)


async def past(db: Db, after: OwnerId, before: datetime, limit: int) -> list[OwnerId]:
    """Up to `limit` owners after that one who have rows of before then."""

    async def story(tx: Tx) -> list[OwnerId]:
        return [OwnerId(r["owner_id"]) for r in await tx.rows(SQL["past"], after, before, limit)]

    return await db.reading(OwnerId(""), story)
