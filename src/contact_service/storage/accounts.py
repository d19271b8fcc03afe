"""Linked accounts at rest: tokens and cursors sealed, and the lease under which one worker at a time renews tokens."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Db, Row, Tx

SQL = queries.load("accounts")
_NOBODY = OwnerId("")


class AccountRow(msgspec.Struct, frozen=True):
    """A linked account. `subject`, `tokens`, `resume` and `checkpoint` are sealed; `rev` counts the tokens."""

    id: UUID
    provider: str
    state: State
    subject: bytes | None
    tokens: bytes | None
    rev: int
    scope: str
    options: str
    resume: bytes | None
    checkpoint: bytes | None
    next_due: datetime | None
    used_at: datetime
    connected_at: datetime


class Linked(msgspec.Struct, frozen=True):
    """What a link gives an account: see AccountRow."""

    subject: bytes | None
    tokens: bytes
    rev: int
    scope: str
    options: str
    next_due: datetime | None


class Due(msgspec.Struct, frozen=True):
    """An account whose turn has come (`due`), or whose tokens nobody used for long."""

    owner: OwnerId
    id: UUID
    due: bool


async def all_(tx: Tx) -> list[AccountRow]:
    """The owner's, oldest first."""
    return [_account(row) for row in await tx.rows(SQL["all"], tx.owner)]


async def get(tx: Tx, account: UUID) -> AccountRow | None:
    """One of the owner's; None when there is none of this id."""
    row = await tx.row(SQL["get"], tx.owner, account)
    return _account(row) if row is not None else None


async def imported(tx: Tx) -> dict[UUID, datetime]:
    """When the newest whole import of each account ended."""
    return {row["account_id"]: row["at"] for row in await tx.rows(SQL["imported"], tx.owner)}


async def add(tx: Tx, account: UUID, provider: str, linked: Linked, now: datetime) -> None:
    """Keep a new one, connected."""
    await tx.run(
        SQL["add"],
        tx.owner,
        account,
        provider,
        linked.subject,
        linked.tokens,
        linked.rev,
        linked.scope,
        linked.options,
        linked.next_due,
        now,
    )


async def connect(tx: Tx, account: UUID, linked: Linked, now: datetime) -> None:
    """Connect it again; its cursors stay."""
    await tx.run(
        SQL["connect"],
        tx.owner,
        account,
        linked.subject,
        linked.tokens,
        linked.rev,
        linked.scope,
        linked.options,
        linked.next_due,
        now,
    )


async def mark(tx: Tx, account: UUID, state: State) -> None:
    """Another state; in all but `connected` no tokens are held, and the clock leaves it alone."""
    await tx.run(SQL["mark"], tx.owner, account, state.value, state is not State.CONNECTED)


async def remove(tx: Tx, account: UUID) -> None:
    """Forget it."""
    await tx.run(SQL["remove"], tx.owner, account)


async def put_cursor(tx: Tx, account: UUID, resume: bytes | None, checkpoint: bytes | None) -> None:
    """Where the next read begins, both sealed, in the transaction of the page that led there.

    `resume` None: the chain has ended; `checkpoint` None: the former one stays.
    """
    await tx.run(SQL["put_cursor"], tx.owner, account, resume, checkpoint)


async def drop_cursor(tx: Tx, account: UUID) -> None:
    """The next read is of everything."""
    await tx.run(SQL["drop_cursor"], tx.owner, account)


async def lease(tx: Tx, account: UUID, rev: int, holder: UUID, lasts: timedelta) -> bool:
    """Take the lease on the tokens of that number; False: another holds it, or they are others by now."""
    return await tx.value(SQL["lease"], tx.owner, account, rev, holder, lasts) is not None


async def renew(tx: Tx, account: UUID, holder: UUID, tokens: bytes, rev: int) -> bool:
    """The new tokens; the lease ends. False when another has it by now."""
    return await tx.value(SQL["renew"], tx.owner, account, holder, tokens, rev) is not None


async def release(tx: Tx, account: UUID, holder: UUID) -> None:
    """End the lease; the tokens stay as they are."""
    await tx.run(SQL["release"], tx.owner, account, holder)


async def lost(tx: Tx, account: UUID, holder: UUID) -> None:
    """The grant is gone, as the holder of the lease has learned."""
    await tx.run(SQL["lost"], tx.owner, account, holder)


async def used(tx: Tx, account: UUID, next_due: datetime | None, now: datetime) -> None:
    """It is being read; the clock's next turn is at `next_due`."""
    await tx.run(SQL["used"], tx.owner, account, next_due, now)


async def due(
    db: Db, after: OwnerId, now: datetime, used_before: datetime, limit: int
) -> list[Due]:
    """Up to `limit` accounts of owners that follow `after`: due by `now`, or unused since `used_before`."""

    async def story(tx: Tx) -> list[Due]:
        rows = await tx.rows(SQL["due"], after, now, used_before, limit)
        return [Due(OwnerId(row["owner_id"]), row["account_id"], row["due"]) for row in rows]

    return await db.reading(_NOBODY, story)


def _account(row: Row) -> AccountRow:
    return AccountRow(
        id=row["account_id"],
        provider=row["provider"],
        state=State(row["state"]),
        subject=row["subject"],
        tokens=row["tokens"],
        rev=row["rev"],
        scope=row["scope"],
        options=row["options"],
        resume=row["resume"],
        checkpoint=row["checkpoint"],
        next_due=row["next_due"],
        used_at=row["used_at"],
        connected_at=row["connected_at"],
    )
