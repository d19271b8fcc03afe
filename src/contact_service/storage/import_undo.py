"""What records were before a run changed or removed them: copies of their rows, for 30 days."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from contact_service.model.ids import CardId
from contact_service.storage import queries
from contact_service.storage.db import Tx
from contact_service.storage.source_records import Source, SourceRecord

SQL = queries.load("import_undo")


class Earlier(msgspec.Struct, frozen=True, gc=False):
    """A record as it was before a run; None: it was not there. `gone`: the number at which the run buried its card; 0:
    the card lost its last record and stayed as it was, as the owner's; None: else.
    """

    id: tuple[str, bytes, bytes]
    record: SourceRecord | None
    gone: int | None


async def keep(tx: Tx, source: Source, run: int, keys: Collection[bytes], now: datetime) -> None:
    """Copy records of a source as they are; those that the run itself brought need no copy."""
    if keys:
        await tx.run(SQL["keep"], tx.owner, run, source.kind, source.key, list(keys), now)


async def buried(tx: Tx, run: int, cards: Sequence[CardId], versions: Sequence[int]) -> None:
    """Note at which numbers the run buried cards; 0: it left them to the owner."""
    if cards:
        await tx.run(SQL["bury"], tx.owner, run, list(cards), list(versions))


async def of_run(tx: Tx, run: int, most: int) -> list[Earlier]:
    """Up to `most` records of sources that the run touched, as they were before it."""
    return [_earlier(*row) for row in await tx.rows(SQL["of_run"], tx.owner, run, most)]


async def owns(tx: Tx, run: int, keys: Collection[bytes]) -> list[Earlier]:
    """What the owner said beside records that the run touched, by the keys of her own."""
    return [_earlier(*row) for row in await tx.rows(SQL["owns"], tx.owner, run, list(keys))]


def _earlier(*row: Any) -> Earlier:
    *columns, gone = row
    kind, source, key, card, *_ = columns
    found = SourceRecord(*columns) if card is not None else None
    return Earlier((kind, source, key), found, gone)


async def after(
    tx: Tx, source: Source, run: int, keys: Collection[bytes]
) -> list[tuple[bytes, int, int | None]]:
    """What later runs did to these records: (key, number of the run, which run had brought what it found)."""
    args = (run, source.kind, source.key, list(keys))
    return [tuple(row) for row in await tx.rows(SQL["after"], tx.owner, *args)]


async def lift(tx: Tx, run: int, ids: Sequence[tuple[str, bytes, bytes]], to: list[int]) -> None:
    """What these records were before a run, they were before the later runs `to`, each."""
    if ids:
        columns = zip(*ids, strict=True)
        await tx.run(SQL["lift"], tx.owner, run, *(list(column) for column in columns), to)


async def reborn(
    tx: Tx, source: Source, keys: list[bytes], later: list[int], earlier: list[int]
) -> None:
    """As copies have it: records that a later run brought anew were brought by an earlier one."""
    await tx.run(SQL["reborn"], tx.owner, source.kind, source.key, keys, later, earlier)


async def hand_on(tx: Tx, source: Source, run: int, keys: Collection[bytes]) -> None:
    """What these records were before this run, they were before the next one that touched them."""
    if keys:
        await tx.run(SQL["hand_on"], tx.owner, run, source.kind, source.key, list(keys))


async def leave(tx: Tx, source: Source, run: int) -> None:
    """What this run brought and a later one changed was brought by that one."""
    args = (tx.owner, run, source.kind, source.key)
    if await tx.value(SQL["later"], *args):
        await tx.run(SQL["adopt"], *args)
        await tx.run(SQL["unmake"], *args)


async def drop(tx: Tx, run: int, ids: Collection[tuple[str, bytes, bytes]]) -> None:
    """Forget what these records were before a run."""
    if ids:
        columns = zip(*ids, strict=True)
        await tx.run(SQL["drop"], tx.owner, run, *(list(column) for column in columns))


async def drop_source(tx: Tx, source: Source) -> None:
    """Forget what records of a source ever were."""
    await tx.run(SQL["drop_source"], tx.owner, source.kind, source.key)


async def drop_all(tx: Tx) -> None:
    """Forget what any record ever was."""
    await tx.run(SQL["drop_all"], tx.owner)
