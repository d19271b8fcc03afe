"""What each source says of one contact, by keyed hashes of sources and ids; the words are sealed."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from contact_service.model.ids import CardId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("source_records")


class Source(msgspec.Struct, frozen=True):
    """A source of records: kind as in model/imports.py, and the keyed hash of the device's or account's id."""

    kind: str
    key: bytes


class Link(msgspec.Struct, frozen=True, gc=False):
    """A record of a source and the card it became. What the source said last is the card's revision at `version`, or
    `record`, sealed, where a merge made something else of it.
    """

    source_key: bytes
    card: CardId
    digest: bytes
    version: int = 0
    record: bytes | None = None
    residue: bytes | None = None
    etag: str | None = None
    blobs: tuple[bytes, ...] = ()


class SourceRecord(msgspec.Struct, frozen=True, gc=False):
    """A whole row. `run` and `page` saw it last, the run `born` brought it, `brought_at` it came as it is."""

    kind: str
    source: bytes
    source_key: bytes
    card: CardId
    digest: bytes
    version: int
    record: bytes | None
    residue: bytes | None
    blobs: Sequence[bytes] | None
    etag: str | None
    run: int
    page: int
    born: int
    brought_at: datetime

    @property
    def id(self) -> tuple[str, bytes, bytes]:
        """What no other record of the owner has."""
        return self.kind, self.source, self.source_key


_BLOBS = SourceRecord.__struct_fields__.index("blobs")


class Brought(msgspec.Struct, frozen=True):
    """Which page of which run brings records, and when; an upload is run 0."""

    at: datetime
    run: int = 0
    page: int = 0


async def links(tx: Tx, source: Source) -> dict[bytes, Link]:
    """All that the source has brought, by record key."""
    rows = await tx.rows(SQL["links"], tx.owner, source.kind, source.key)
    return {row["source_key"]: Link(*row) for row in rows}


async def among(tx: Tx, source: Source, keys: Collection[bytes]) -> dict[bytes, SourceRecord]:
    """Those of these records that the source has brought, by record key."""
    rows = await tx.rows(SQL["among"], tx.owner, source.kind, source.key, list(keys))
    return {row["source_key"]: SourceRecord(*row) for row in rows}


async def said(tx: Tx, source: Source, cards: list[CardId]) -> set[CardId]:
    """Of which of these cards the source says something."""
    rows = await tx.rows(SQL["sources"], tx.owner, cards)
    whose = (source.kind, source.key)
    return {CardId(r["card_id"]) for r in rows if (r["kind"], r["source"]) == whose}


async def of_cards(tx: Tx, cards: Collection[CardId]) -> list[SourceRecord]:
    """All that sources say of these cards."""
    return [SourceRecord(*r) for r in await tx.rows(SQL["of_cards"], tx.owner, list(cards))]


async def some(tx: Tx, source: Source, after: bytes, most: int) -> list[SourceRecord]:
    """Up to `most` records of a source, by key, from the one after `after` on."""
    rows = await tx.rows(SQL["some"], tx.owner, source.kind, source.key, after, most)
    return [SourceRecord(*row) for row in rows]


async def unseen(tx: Tx, source: Source, run: int) -> list[SourceRecord]:
    """The records of a source that a run did not see."""
    rows = await tx.rows(SQL["unseen"], tx.owner, source.kind, source.key, run)
    return [SourceRecord(*row) for row in rows]


async def born(tx: Tx, source: Source, run: int, most: int) -> list[SourceRecord]:
    """Up to `most` records of a source that a run brought."""
    rows = await tx.rows(SQL["born"], tx.owner, source.kind, source.key, run, most)
    return [SourceRecord(*row) for row in rows]


async def count(tx: Tx, source: Source) -> int:
    """How many records a source has."""
    return int(await tx.value(SQL["count"], tx.owner, source.kind, source.key))


async def put(
    tx: Tx, source: Source, records: Sequence[Link], brought: Brought, *, fresh: bool
) -> None:
    """Keep records. `fresh`: the caller knows that the source never brought them."""
    columns: list[list[object]] = [
        [link.source_key for link in records],
        [link.card for link in records],
        [link.digest for link in records],
        [link.version for link in records],
    ]
    is_bare = fresh and all((n.record, n.residue, n.etag) == (None, None, None) for n in records)
    if not is_bare:
        columns += [
            [link.record for link in records],
            [link.residue for link in records],
            [link.etag for link in records],
        ]
    await tx.run(
        SQL["add" if is_bare else "put"],
        tx.owner,
        source.kind,
        source.key,
        *columns,
        brought.run,
        brought.page,
        brought.at,
    )
    for link in records:
        if link.blobs:
            await _point(tx, (source.kind, source.key, link.source_key), link.blobs)


async def restore(tx: Tx, records: Sequence[SourceRecord]) -> None:
    """Put rows back as they were."""
    if records:
        columns = [*zip(*(msgspec.structs.astuple(record) for record in records), strict=True)]
        del columns[_BLOBS]
        await tx.run(SQL["restore"], tx.owner, *(list(column) for column in columns))
    for record in records:
        if record.blobs:
            await _point(tx, record.id, record.blobs)


async def _point(tx: Tx, record: tuple[str, bytes, bytes], blobs: Sequence[bytes]) -> None:
    """Note which blobs a record points to. Few have any: one statement each."""
    await tx.run(SQL["point"], tx.owner, *record, list(blobs))


async def see(tx: Tx, source: Source, keys: Collection[bytes], brought: Brought) -> None:
    """A run saw these records as they are."""
    if keys:
        args = (list(keys), brought.run, brought.page)
        await tx.run(SQL["see"], tx.owner, source.kind, source.key, *args)


async def reborn(
    tx: Tx, source: Source, keys: list[bytes], later: list[int], earlier: list[int]
) -> None:
    """Records that a later run brought anew were brought by an earlier one."""
    await tx.run(SQL["reborn"], tx.owner, source.kind, source.key, keys, later, earlier)


async def drop(tx: Tx, records: Collection[tuple[str, bytes, bytes]]) -> None:
    """Forget the records of these ids."""
    if records:
        columns = zip(*records, strict=True)
        await tx.run(SQL["drop"], tx.owner, *(list(column) for column in columns))


async def drop_all(tx: Tx) -> None:
    """Forget what any source said, and what the owner says beyond them."""
    await tx.run(SQL["drop_all"], tx.owner)


async def sourced(tx: Tx) -> list[CardId]:
    """The live cards that a person edited and some source says something of."""
    return [CardId(row["card_id"]) for row in await tx.rows(SQL["sourced"], tx.owner)]
