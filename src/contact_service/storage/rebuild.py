"""The directory's indexes under another key: filled page by page, compared with what is live, and let go of."""

from collections.abc import Sequence
from itertools import pairwise

from contact_service.model.epoch import Kind
from contact_service.model.ids import UserId
from contact_service.storage import indexes, queries, registrations
from contact_service.storage.db import Tx
from contact_service.storage.indexes import Place
from contact_service.storage.registrations import Registered

SQL = queries.load("rebuild")

_TABLE = {Kind.PEPPER: "entries", Kind.MATRIX: "matrix", Kind.OPRF: "private"}
_RANGES = [bytes([n]) for n in range(0, 256, 4)] + [b"\xff" * 17]

Found = tuple[bytes, int, str, int]
"""Tag, entry id, user, and the number where the index keeps it (else 0)."""


async def page(tx: Tx, after: str, most: int) -> list[Registered]:
    """Up to `most` registered users whose ids follow `after`, in their order."""
    return [registrations.registered(row) for row in await tx.rows(SQL["page"], after, most)]


async def between(tx: Tx, after: str, to: str) -> list[Registered]:
    """The registered users after the one id, up to the other."""
    return [registrations.registered(row) for row in await tx.rows(SQL["between"], after, to)]


async def some(tx: Tx, percent: float, most: int) -> list[Registered]:
    """Some users at random, about so many per cent of them."""
    return [registrations.registered(row) for row in await tx.rows(SQL["some"], percent, most)]


async def progress(tx: Tx, position: str) -> tuple[int, int]:
    """How many users there are up to that id, and in all."""
    row = await tx.row(SQL["users_up_to"], position)
    assert row is not None, "a row of counts"
    return row["done"], row["n"]


async def fill(tx: Tx, kind: Kind, places: list[Place]) -> None:
    """Put bindings where none stands: what registrations have written meanwhile is newer."""
    await tx.run(SQL[f"fill_{_TABLE[kind]}"], *indexes.columns(kind, places))


async def read(tx: Tx, kind: Kind, epoch: int, users: Sequence[UserId]) -> list[Found]:
    """How these users stand in an epoch of the index of that kind."""
    return [tuple(row) for row in await tx.rows(SQL[f"read_{_TABLE[kind]}"], epoch, users)]


async def count(tx: Tx, kind: Kind, epoch: int) -> int:
    """How many bindings an epoch holds; in parts, none of which takes long."""
    sql = SQL[f"count_{_TABLE[kind]}"]
    ends = pairwise(_RANGES)
    return sum([int(await tx.value(sql, epoch, start, end)) for start, end in ends])


async def drop(tx: Tx, kind: Kind, epoch: int, most: int) -> int:
    """Let go of up to `most` bindings of an epoch, and of its log; how many went."""
    table = _TABLE[kind]
    tags = [row["tag"] for row in await tx.rows(SQL[f"oldest_{table}"], epoch, most)]
    if tags:
        await tx.run(SQL[f"drop_{table}"], epoch, tags)
    gone = len(tags)
    if kind is Kind.OPRF:
        lines = await tx.rows(SQL["oldest_log"], epoch, most)
        buckets, seqs = {line["bucket"] for line in lines}, {line["seq"] for line in lines}
        if lines:
            gone += await tx.run(SQL["drop_log"], epoch, list(buckets), list(seqs))
    return gone
