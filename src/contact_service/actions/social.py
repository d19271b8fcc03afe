"""Friends and followers that providers and archives tell of: edges, kept apart from contacts (imports.md).

Never matched by name. Who of them has linked that account here is asked in `linked_people`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from contact_service.actions.context import Context
from contact_service.matching import identifiers
from contact_service.model.imports import Edge
from contact_service.storage import social_edges
from contact_service.storage.social_edges import EdgeRow, Key
from contact_service.vault import edges as sealed

MOST = 100_000
"""Edges of an owner. Those beyond are not kept; how many is told."""
FIRST: Key = ("", "", b"")
"""Before all others."""
Via = Literal["api", "archive"]


class Kept(msgspec.Struct, frozen=True):
    """What became of edges: `new` ones, those `known` before, those `beyond` what an owner may have."""

    new: int = 0
    known: int = 0
    beyond: int = 0


class Count(msgspec.Struct, frozen=True):
    """`people` are friends or followers there; of `deferred` the directory was not asked yet."""

    provider: str
    kind: str
    people: int
    deferred: int = 0


class Shown(msgspec.Struct, frozen=True):
    """One of them; the name is "" where the source has only an id."""

    provider: str
    kind: str
    name: str
    via: str
    seen_at: datetime
    key: Key


async def keep(
    ctx: Context, edges: Sequence[Edge], run_number: int, via: Via, source: bytes
) -> Kept:
    """Keep a page of edges of the source that `run_number` reads; a repeat renews its name and when it was seen."""
    rows = {row.key: row for row in (_row(ctx, edge, via) for edge in edges)}
    if not rows:
        return Kept()
    before = await social_edges.known(ctx.tx, source, [key[2] for key in rows])
    new = [key for key in rows if key not in before]
    room = max(0, MOST - await social_edges.held(ctx.tx)) if new else 0
    for key in new[room:]:
        del rows[key]
    if rows:
        await social_edges.put(ctx.tx, source, list(rows.values()), run_number)
    added = min(room, len(new))
    return Kept(added, len(rows) - added, len(new) - added)


async def sweep(ctx: Context, run_number: int, source: bytes) -> int:
    """After a run that read all of the source: what it did not see goes; how many."""
    return await social_edges.sweep(ctx.tx, source, run_number)


async def undo(ctx: Context, run_number: int, source: bytes) -> int:
    """What the run brought goes; how many."""
    return await social_edges.drop_born(ctx.tx, source, run_number)


async def drop(ctx: Context, source: bytes) -> int:
    """The source is unlinked: what it told goes, what another source told as well stays; how many."""
    return await social_edges.drop(ctx.tx, source)


async def forget(ctx: Context) -> int:
    """Nothing may be kept any more: all go; how many."""
    return await social_edges.drop_all(ctx.tx)


async def counts(ctx: Context) -> list[Count]:
    """How many people by provider and kind, each counted once however many sources tell of them."""
    return [Count(*row) for row in await social_edges.counts(ctx.tx)]


async def page(
    ctx: Context, after: Key, most: int, provider: str = "", kind: str = ""
) -> list[Shown]:
    """The next of them beyond `after`, in an order that tells nothing; of one provider or kind, where one is named."""
    rows = await social_edges.page(ctx.tx, provider, kind, after, most)
    return [shown(ctx, row) for row in rows]


def _row(ctx: Context, edge: Edge, via: Via) -> EdgeRow:
    edge_key = sealed.key_of(ctx.key, edge)
    name = sealed.seal(ctx.key, edge_key, edge.display_name)
    known, sealed_id = edge.provider_user_id, None
    # Kept where it may ever be asked about: nothing else needs it.
    if known is not None and identifiers.account(edge.provider, known) is not None:
        sealed_id = sealed.seal_id(ctx.key, edge_key, known)
    return EdgeRow(edge.provider, edge.kind, edge_key, name, via, ctx.now, sealed_id)


def shown(ctx: Context, row: EdgeRow) -> Shown:
    """The row, opened. Raises IntegrityBroken (500)."""
    name = sealed.open_(ctx.key, row.edge_key, row.sealed)
    return Shown(row.provider, row.kind, name, row.via, row.seen_at, row.key)
