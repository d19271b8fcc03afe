"""App passwords at rest: a hash each, the name sealed, and beside them whose each is, for sign-ins."""

from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec

from contact_service.model.app_password import Access, Device
from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("app_passwords")


class PasswordRow(msgspec.Struct, frozen=True):
    """An app password as its owner lists it; `name` is sealed."""

    id: UUID
    name: bytes
    device: Device
    access: Access
    keyword_groups: bool
    created_at: datetime
    used_on: date | None


class LoginRow(msgspec.Struct, frozen=True):
    """An app password as a sign-in needs it."""

    owner: OwnerId
    id: UUID
    hash: str
    device: Device
    access: Access
    keyword_groups: bool
    used_on: date | None


class Link(msgspec.Struct, frozen=True):
    """The one-time link to a profile: its keyed hash, and until when it leads there."""

    key_mac: bytes
    until: datetime


def login(row: Row) -> LoginRow:
    """The value of a row of `coalesced.app_passwords`."""
    return LoginRow(
        owner=OwnerId(row["owner_id"]),
        id=row["password_id"],
        hash=row["hash"],
        device=Device(row["device"]),
        access=Access(row["access"]),
        keyword_groups=row["keyword_groups"],
        used_on=_day(row["used_at"]),
    )


async def add(tx: Tx, row: PasswordRow, hash_: str, link: Link) -> None:
    """Keep it, and whose it is."""
    await tx.run(
        SQL["add"],
        tx.owner,
        row.id,
        row.name,
        hash_,
        row.device.value,
        row.access.value,
        row.keyword_groups,
        link.key_mac,
        link.until,
        row.created_at,
    )
    await tx.run(SQL["add_login"], row.id, tx.owner)


async def count(tx: Tx) -> tuple[int, int]:
    """How many the owner has, and how many of them show keywords as groups."""
    row = await tx.row(SQL["count"], tx.owner)
    assert row is not None, "an aggregate has a row"
    return row["n"], row["grouped"]


async def all_(tx: Tx) -> list[PasswordRow]:
    """The owner's, oldest first."""
    return [
        PasswordRow(
            id=row["password_id"],
            name=row["name"],
            device=Device(row["device"]),
            access=Access(row["access"]),
            keyword_groups=row["keyword_groups"],
            created_at=row["created_at"],
            used_on=_day(row["used_at"]),
        )
        for row in await tx.rows(SQL["all"], tx.owner)
    ]


async def remove(tx: Tx, password: UUID) -> bool | None:
    """Revoke it; whether it showed keywords as groups. None when the owner has none of this id."""
    grouped: bool | None = await tx.value(SQL["remove"], tx.owner, password)
    if grouped is not None:
        await tx.run(SQL["remove_login"], password)
    return grouped


async def mark_used(tx: Tx, password: UUID, day: date) -> None:
    """It signed in on that day (UTC)."""
    await tx.run(SQL["mark_used"], tx.owner, password, datetime.combine(day, time(), UTC))


async def link(tx: Tx, password: UUID) -> Link | None:
    """Its link, locked until commit; None when there is none (any more)."""
    row = await tx.row(SQL["profile"], tx.owner, password)
    if row is None or row["profile_key"] is None:
        return None
    return Link(row["profile_key"], row["profile_until"])


async def end_link(tx: Tx, password: UUID) -> None:
    """The link leads nowhere from now on."""
    await tx.run(SQL["end_profile"], tx.owner, password)


def _day(at: datetime | None) -> date | None:
    return at.astimezone(UTC).date() if at is not None else None
