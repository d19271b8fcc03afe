"""What a run could not take, for its owner alone."""

from uuid import UUID

import msgspec

from contact_service.actions import runs
from contact_service.actions.context import Context
from contact_service.model.import_run import Import, Named
from contact_service.storage import import_rejects
from contact_service.storage.import_rejects import RejectRow
from contact_service.vault import imports as sealed
from contact_service.vault.imports import Refused

IN_REPORT = 1_000
"""Rejects that a report names."""


class Rejected(msgspec.Struct, frozen=True):
    """A reject; `was` None: its bytes are not kept (any more)."""

    row: RejectRow
    was: Refused | None


async def page(ctx: Context, id_: UUID, after: int, limit: int) -> list[Rejected]:
    """Rejects of that run that follow number `after` (-1: all). Raises NotFound (404)."""
    await runs.get(ctx, id_)
    rows = await import_rejects.page(ctx.tx, id_, after, limit)
    return [Rejected(row, _opened(ctx, id_, row)) for row in rows]


async def report(ctx: Context, id_: UUID) -> tuple[Import, list[Named]]:
    """That run with its first rejects, without values. Raises NotFound (404)."""
    run = await runs.get(ctx, id_)
    rows = await import_rejects.page(ctx.tx, id_, -1, IN_REPORT) if run.details.kept else []
    return run, [Named(row.place, row.line, row.code, row.reason) for row in rows]


def _opened(ctx: Context, id_: UUID, row: RejectRow) -> Refused | None:
    if row.sealed is None:
        return None
    return sealed.open_refused(ctx.key, id_, row.n, row.sealed)
