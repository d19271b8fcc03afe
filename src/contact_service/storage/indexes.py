"""The directory's indexes: by what each registered user is found, in every key epoch. Written here, probed by the gate.

All writers hold the directory's counter (`registrations.take`), so nobody sees some of the indexes changed.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contact_service.model import epoch
from contact_service.model.identifier import Kind
from contact_service.model.ids import UserId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("indexes")


class Binding(msgspec.Struct, frozen=True, gc=False):
    """An identifier's tag and the user who is found by it; `entry_id` lives as long as the binding."""

    tag: bytes
    kind: Kind
    entry_id: int
    user: UserId
    seq: int
    objection: bytes = b""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A binding in one epoch of one index: `tag` is what that index compares."""

    epoch: int
    tag: bytes
    binding: Binding


class Logged(msgspec.Struct, frozen=True, gc=False):
    """A digest that came into a bucket or left it."""

    epoch: int
    bucket: int
    seq: int
    digest: bytes
    user: UserId
    added: bool


async def holders(tx: Tx, tags: Sequence[bytes]) -> dict[bytes, UserId]:
    """Whose these identifiers are, by holder tag; those of nobody are absent."""
    rows = await tx.rows(SQL["holders"], tags)
    return {row["tag"]: UserId(row["user_id"]) for row in rows}


async def hold(tx: Tx, tags: Sequence[bytes], users: Sequence[UserId]) -> None:
    """These identifiers are these users' from now on, whoever had them."""
    await tx.run(SQL["hold"], tags, users)


async def release(tx: Tx, tags: Sequence[bytes], users: Sequence[UserId]) -> None:
    """These identifiers are no longer these users'."""
    await tx.run(SQL["release"], tags, users)


async def release_all(tx: Tx, user: UserId) -> None:
    """The user holds nothing any more."""
    await tx.run(SQL["release_all"], user)


async def bound(tx: Tx, at: int, users: Sequence[UserId]) -> list[Binding]:
    """The bindings of these users, with their tags of the epoch `at`."""
    return [
        Binding(r["tag"], Kind(r["kind"]), r["entry_id"], UserId(r["user_id"]), r["seq"])
        for r in await tx.rows(SQL["bound"], at, users)
    ]


async def put_entries(tx: Tx, places: list[Place]) -> None:
    """Bind identifiers to users; a tag that another user holds goes over."""
    await tx.run(SQL["put_entries"], *columns(epoch.Kind.PEPPER, places))


async def put_matrix(tx: Tx, places: list[Place]) -> None:
    """Let Matrix clients find these bindings."""
    await tx.run(SQL["put_matrix"], *columns(epoch.Kind.MATRIX, places))


async def put_private(tx: Tx, places: list[Place]) -> None:
    """Put these bindings into the buckets."""
    await tx.run(SQL["put_private"], *columns(epoch.Kind.OPRF, places))


def columns(of: epoch.Kind, places: list[Place]) -> list[list[object]]:
    """What is stored of these in the index of that kind, column by column."""
    found: list[list[object]] = [
        [p.epoch for p in places],
        [p.tag for p in places],
        [p.binding.kind.value for p in places],
        [p.binding.entry_id for p in places],
        [p.binding.user for p in places],
    ]
    if of is epoch.Kind.PEPPER:
        found.append([p.binding.seq for p in places])
    if of is not epoch.Kind.OPRF:
        found.append([p.binding.objection for p in places])
    return found


async def renumber(tx: Tx, bindings: list[Binding], seq: int) -> None:
    """Give these bindings a new number: whoever missed them before may find them now."""
    await tx.run(SQL["renumber"], *_keys(bindings), seq)


async def drop(tx: Tx, bindings: list[Binding]) -> list[tuple[int, bytes, UserId]]:
    """Take bindings out of all indexes; (epoch, digest, user) of those that were in buckets."""
    await tx.run(SQL["drop_entries"], *_keys(bindings))
    await tx.run(SQL["drop_matrix"], *_keys(bindings))
    return await drop_private(tx, bindings)


async def drop_private(tx: Tx, bindings: list[Binding]) -> list[tuple[int, bytes, UserId]]:
    """Take bindings out of the buckets alone; (epoch, digest, user) of those that were there."""
    rows = await tx.rows(SQL["drop_private"], *_keys(bindings))
    return [(row["epoch"], row["digest"], UserId(row["user_id"])) for row in rows]


def _keys(bindings: list[Binding]) -> tuple[list[UserId], list[int]]:
    return list({b.user for b in bindings}), [b.entry_id for b in bindings]


async def log(tx: Tx, lines: list[Logged], now: datetime) -> None:
    """Note what came into buckets and what left them."""
    await tx.run(
        SQL["log"],
        [line.epoch for line in lines],
        [line.bucket for line in lines],
        [line.seq for line in lines],
        [line.digest for line in lines],
        [line.user for line in lines],
        [line.added for line in lines],
        now,
    )
