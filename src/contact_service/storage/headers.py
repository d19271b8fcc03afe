"""Registered users in the order in which they changed, versions of whoever told of them, and how far a Header Store
is read. Writers hold the directory's counter (storage/registrations.py), so rows of one user are never written at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from contact_service.model.ids import UserId
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("headers")


class Header(msgspec.Struct, frozen=True):
    """`seq`: the user's place in the order of changes; `told`: the version that a source gave; `suggestible` None:
    nothing was said; `read`: the full read of the Header Store that met the user last, 0 for none; `gone`: no user now.
    """

    user: UserId
    seq: int
    told: int | None
    suggestible: bool | None
    read: int
    gone: bool


class Phase(StrEnum):
    """Changes after a token; everything, page by page; whom that did not meet goes; held: too many would go."""

    CHANGES = "changes"
    FULL = "full"
    SWEEP = "sweep"
    HELD = "held"


class State(msgspec.Struct, frozen=True):
    """How far the Header Store is read. `origin`: hash of its URL; `reading`: number of the last full read."""

    origin: bytes | None
    token: str | None
    phase: Phase
    reading: int
    fresh_at: datetime | None
    tried_at: datetime | None


async def get_many(tx: Tx, users: Sequence[UserId]) -> dict[UserId, Header]:
    """What is known of these, of those who are gone too."""
    found = [_header(row) for row in await tx.rows(SQL["get_many"], list(users))]
    return {each.user: each for each in found}


async def changed(tx: Tx, users: Sequence[UserId]) -> None:
    """These users came or changed."""
    last = await _take(tx, len(users))
    await tx.run(SQL["changed"], list(users), last - len(users))


async def told(tx: Tx, said: Mapping[UserId, tuple[int | None, bool | None]], reading: int) -> None:
    """Versions and suggestible as they were said of users who are there; `reading` 0: not by a full read."""
    versions, suggestible = [v for v, _ in said.values()], [s for _, s in said.values()]
    await tx.run(SQL["told"], list(said), versions, suggestible, reading)


async def removed(tx: Tx, users: Mapping[UserId, int | None], now: datetime) -> None:
    """These users are gone, at those versions."""
    last = await _take(tx, len(users))
    await tx.run(SQL["removed"], list(users), list(users.values()), last - len(users), now)


async def feed(tx: Tx) -> tuple[int, int]:
    """The last number of the order, and up to which removals are forgotten."""
    row = await tx.row(SQL["feed"])
    assert row is not None, "the migration made it"
    return row["seq"], row["floor"]


async def page(tx: Tx, after: int, most: int) -> list[Header]:
    """What changed after a number, in that order."""
    return _headers(await tx.rows(SQL["page"], after, most))


async def unmet(tx: Tx, reading: int, most: int) -> list[Header]:
    """Users whom earlier full reads met and this one did not."""
    return _headers(await tx.rows(SQL["unmet"], reading, most))


async def met(tx: Tx, reading: int) -> tuple[int, int]:
    """How many `unmet` there are, and how many users any full read met."""
    row = await tx.row(SQL["met"], reading)
    assert row is not None, "a row of counts"
    return row["unmet"], row["all_of_them"]


async def forget(tx: Tx, before: datetime) -> int:
    """Removals from before then are told no longer; how many those were."""
    return await tx.value(SQL["forget"], before) or 0


async def leap(tx: Tx) -> None:
    """All versions rise beyond any that was told, and tokens from before are refused: after a restore."""
    await tx.run(SQL["leap"])
    await tx.run(SQL["leap_feed"])


async def state(tx: Tx, *, lock: bool = False) -> State:
    """How far the Header Store is read; locked until commit where that is asked for."""
    row = await tx.row(SQL["state_locked" if lock else "state"])
    assert row is not None, "the migration made it"
    return State(row[0], row[1], Phase(row[2]), row[3], row[4], row[5])


async def begin(tx: Tx, now: datetime, idle_since: datetime) -> bool:
    """Note that the Header Store is read now; False where it was tried later than `idle_since`."""
    return await tx.row(SQL["begin"], now, idle_since) is not None


async def put_state(tx: Tx, now: State) -> None:
    """Write how far it is read."""
    await tx.run(
        SQL["put_state"],
        now.origin,
        now.token,
        now.phase.value,
        now.reading,
        now.fresh_at,
        now.tried_at,
    )


async def _take(tx: Tx, n: int) -> int:
    return int(await tx.value(SQL["take"], n))


def _headers(rows: Iterable[Row]) -> list[Header]:
    return [_header(row) for row in rows]


def _header(row: Row) -> Header:
    user, seq, version, suggestible, read, removed_at = row
    return Header(UserId(user), seq, version, suggestible, read, removed_at is not None)
