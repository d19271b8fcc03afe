"""Probes of the directory of registered users. Imported by actions/disclosure.py alone (law 3)."""

import msgspec

from contact_service.model.identifier import Kind
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("directory")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A live binding of a tag to a user."""

    tag: bytes
    kind: Kind
    entry_id: int
    user: UserId


class UserRow(msgspec.Struct, frozen=True):
    """What a registered user shares, and the sealed profile."""

    user: UserId
    sealed: bytes
    key_gen: int
    sharing: Sharing
    active: bool


async def clock(tx: Tx) -> int:
    """The number of the last change that can turn a miss into a hit. Read it before probing."""
    return int(await tx.value(SQL["clock"]))


async def probe(tx: Tx, epoch: int, tags: list[bytes], after: int = 0) -> list[Entry]:
    """The live entries of these tags (sort them first), numbered after `after`."""
    rows = await tx.rows(SQL["probe"], epoch, tags, after)
    return [Entry(r["tag"], Kind(r["kind"]), r["entry_id"], UserId(r["user_id"])) for r in rows]


async def live(tx: Tx, epoch: int, users: list[UserId]) -> set[tuple[int, str]]:
    """The (entry, user) bindings of these users that are live now."""
    rows = await tx.rows(SQL["live"], epoch, users)
    return {(row["entry_id"], row["user_id"]) for row in rows}


async def standing(tx: Tx, users: list[UserId]) -> dict[str, UserRow]:
    """What these users share, by user id; unregistered ones are absent."""
    return {
        row["user_id"]: UserRow(
            user=UserId(row["user_id"]),
            sealed=row["sealed"],
            key_gen=row["key_gen"],
            sharing=Sharing(
                phone=Audience(row["share_phone"]),
                email=Audience(row["share_email"]),
                name=Audience(row["share_name"]),
                profile_photo=Audience(row["share_photo"]),
            ),
            active=row["state"] == "active",
        )
        for row in await tx.rows(SQL["standing"], users)
    }
