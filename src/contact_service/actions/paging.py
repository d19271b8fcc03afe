"""One page of a run becomes rows: contacts, rejects, the place reached, in one transaction under the run's lease."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contact_service.actions import accounts, importing, leases, match_writes
from contact_service.actions.context import Context
from contact_service.actions.importing import Applied, Ends, Prepared, Run
from contact_service.actions.leases import LeaseLost
from contact_service.actions.previewing import Previewed
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.import_run import Details, Position
from contact_service.model.imports import Page, Reject
from contact_service.storage import import_rejects, imports
from contact_service.storage.import_rejects import RejectRow
from contact_service.storage.imports import Advance, Lease
from contact_service.vault import imports as sealed
from contact_service.vault.imports import Refused

MOST_REJECTS = 10_000
"""Rejects of a run that are kept one by one; those beyond are counted."""
MOST_RAW_BYTES = 64_000_000
"""Bytes of rejected records that are kept of a run."""


class Stand(msgspec.Struct, frozen=True):
    """Where a run stands between two pages."""

    lease: Lease
    rev: int
    details: Details
    applied: Applied | None = None


class Turn(msgspec.Struct, frozen=True):
    """A page to be applied: what was read, where the next one begins, how much of the source that is, and whose cursor
    the checkpoint is.
    """

    page: Page
    prepared: Prepared | None
    position: Position
    percent: int | None
    last: bool = False
    account: UUID | None = None


async def apply(ctx: Context, run: Run, turn: Turn, stand: Stand) -> Stand:
    """Write a page and where it leads. Raises LeaseLost: then nothing of it is kept."""
    lease = leases.renewed(ctx, stand.lease)
    if not await imports.renew(ctx.tx, lease):
        raise LeaseLost
    if turn.position.pages == 1:
        await _named(ctx, stand.details.region)
    ends = Ends(stand.details.confirm) if turn.last and turn.page.complete else None
    done = await importing.apply(ctx, run, turn.page, turn.position.pages, turn.prepared, ends)
    if turn.account is not None and turn.page.checkpoint is not None and not done.held:
        await accounts.put_cursor(ctx, turn.account, None, turn.page.checkpoint)
    details = await _kept(ctx, lease, stand.details, done.rejects)
    details = replace(
        details,
        position=turn.position,
        faults=0,
        duplicates=details.duplicates + done.possible_duplicates,
        edges=details.edges + len(done.edges),
        unknown=details.unknown + turn.page.unknown,
    )
    to = Advance(
        sealed.seal(ctx.key, lease.id, stand.rev + 1, details),
        turn.page.total,
        len(turn.page.changes),
        done.counts,
        done.held,
        turn.percent,
        stand.rev,
    )
    if not await imports.advance(ctx.tx, lease, to):
        raise LeaseLost
    return Stand(lease, stand.rev + 1, details, done)


async def _named(ctx: Context, region: str | None) -> None:
    """A region that the owner named is the book's from now on, as with an upload."""
    if region is not None and consent.given(ctx.head.consents, Purpose.MATCH):
        await match_writes.stand(ctx, region)


async def told(ctx: Context, found: Previewed, stand: Stand) -> Stand:
    """Note what a preview found, all at once. Raises LeaseLost."""
    lease = leases.renewed(ctx, stand.lease)
    seal = sealed.seal(ctx.key, lease.id, stand.rev + 1, found.details)
    to = Advance(seal, None, found.done, found.counts, 0, 100, stand.rev)
    if not await imports.advance(ctx.tx, lease, to):
        raise LeaseLost
    return Stand(lease, stand.rev + 1, found.details)


async def _kept(ctx: Context, lease: Lease, details: Details, rejects: Sequence[Reject]) -> Details:
    """The details with these rejects kept, as many as may be."""
    taken = rejects[: max(0, MOST_REJECTS - details.kept)]
    bytes_ = details.raw_bytes
    rest: list[tuple[int, Refused]] = []
    for n, reject in enumerate(taken, details.kept):
        bytes_ += len(reject.raw)
        if bytes_ <= MOST_RAW_BYTES:
            rest.append((n, Refused(reject.name, reject.raw)))
    held = dict(
        zip((n for n, _ in rest), sealed.seal_refused(ctx.key, lease.id, rest), strict=True)
    )
    rows = [
        RejectRow(n, r.place.index, r.place.line, r.code, r.reason, held.get(n))
        for n, r in enumerate(taken, details.kept)
    ]
    await import_rejects.add(ctx.tx, lease.id, rows, ctx.now)
    return replace(details, kept=details.kept + len(taken), raw_bytes=bytes_)
