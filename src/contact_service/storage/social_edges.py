"""Friends and followers at rest: names and the providers' ids sealed, rows known by keyed hashes of the ids."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("social_edges")
Key = tuple[str, str, bytes]
"""Provider, kind, keyed hash of who it is."""


class EdgeRow(msgspec.Struct, frozen=True, gc=False):
    """One person a source told of."""

    provider: str
    kind: str
    edge_key: bytes
    sealed: bytes
    via: str
    seen_at: datetime
    sealed_id: bytes | None = None
    """None: the source has no id, or the page does not need it."""

    @property
    def key(self) -> Key:
        """Where it stands in the order of pages."""
        return (self.provider, self.kind, self.edge_key)


async def known(tx: Tx, source: bytes, keys: Sequence[bytes]) -> set[Key]:
    """Which of these the source told before."""
    found = await tx.rows(SQL["known"], tx.owner, source, list(keys))
    return {(row["provider"], row["kind"], row["edge_key"]) for row in found}


async def held(tx: Tx) -> int:
    """How many rows there are."""
    return int(await tx.value(SQL["held"], tx.owner))


async def put(tx: Tx, source: bytes, rows: Sequence[EdgeRow], run: int) -> None:
    """Write what the source says now; all rows have one `via` and one time. Who was charged for stays so."""
    keys = [row.edge_key for row in rows]
    paid = {row["edge_key"] for row in await tx.rows(SQL["paid"], tx.owner, keys)}
    await tx.run(
        SQL["put"],
        tx.owner,
        source,
        [row.provider for row in rows],
        [row.kind for row in rows],
        keys,
        [row.sealed for row in rows],
        [row.sealed_id for row in rows],
        [key in paid for key in keys],
        rows[0].via,
        rows[0].seen_at,
        run,
    )


async def sweep(tx: Tx, source: bytes, run: int) -> int:
    """Remove what that run of the source did not see; how many."""
    return len(await tx.rows(SQL["sweep"], tx.owner, source, run))


async def drop_born(tx: Tx, source: bytes, run: int) -> int:
    """Remove what that run brought; how many."""
    return len(await tx.rows(SQL["born"], tx.owner, source, run))


async def drop(tx: Tx, source: bytes) -> int:
    """Remove what the source told; how many."""
    return len(await tx.rows(SQL["drop"], tx.owner, source))


async def drop_all(tx: Tx) -> int:
    """Remove all; how many."""
    return len(await tx.rows(SQL["drop_all"], tx.owner))


async def counts(tx: Tx) -> list[tuple[str, str, int, int]]:
    """Provider, kind, how many different people, and how many of them have an id and were not charged for."""
    rows = await tx.rows(SQL["counts"], tx.owner)
    return [(row["provider"], row["kind"], row["people"], row["deferred"]) for row in rows]


async def owed(tx: Tx, providers: Sequence[str]) -> int:
    """How many people of these providers have an id and were not charged for."""
    return int(await tx.value(SQL["owed"], tx.owner, list(providers)))


async def pay(tx: Tx, providers: Sequence[str], people: int) -> None:
    """So many of them were charged for."""
    await tx.run(SQL["pay"], tx.owner, list(providers), people)


async def unpay(tx: Tx) -> None:
    """Nobody was charged for."""
    await tx.run(SQL["unpay"], tx.owner)


async def asked(
    tx: Tx, providers: Sequence[str], kind: str, after: Key, most: int
) -> list[EdgeRow]:
    """As `page`, with their ids, of people who were charged for."""
    rows = await tx.rows(SQL["asked"], tx.owner, list(providers), kind, *after, most)
    return [EdgeRow(*row) for row in rows]


async def page(tx: Tx, provider: str, kind: str, after: Key, most: int) -> list[EdgeRow]:
    """People beyond `after`, each once; `provider`, `kind`: only of those, "" for all."""
    rows = await tx.rows(SQL["page"], tx.owner, provider, kind, *after, most)
    return [EdgeRow(*row) for row in rows]
