"""Imports as their owner has them: begun, listed, cancelled, taken back. How one is carried out: running.py.

Whoever works on a run holds its lease; the owner's word takes it away, so a cancel acts at once, wherever that is.
"""

from functools import partial
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contact_service.actions import edge, errands, spool
from contact_service.actions.context import Context, House
from contact_service.actions.spool import Spooled
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import NEXT, Details, Import
from contact_service.model.imports import Kind, State
from contact_service.model.imports_problem import (
    ImportEnded,
    ImportUnderWay,
    PreviewOutdated,
    TooManyImports,
)
from contact_service.model.problem import NotFound
from contact_service.storage import import_parts, imports
from contact_service.storage.imports import ImportRow, New, Progress
from contact_service.vault import imports as sealed
from contact_service.vault.tokens import Signer

WAITING = 3
"""Runs of an owner that may wait beside the one that is worked on."""
_RETRY_S = 30
NEWEST = UUID(int=2**128 - 1)


class Asked(msgspec.Struct, frozen=True):
    """How a file is to be read. `basis`: the preview that the owner saw, "" for none."""

    region: str | None = None
    charset: str | None = None
    basis: str | None = None


async def may_begin(ctx: Context) -> UUID:
    """The id of a run that may begin; nothing is kept. Raises ConsentRequired (403), TooManyImports (429)."""
    consent.require(ctx.head.consents, Purpose.STORE)
    if len(await imports.standing(ctx.tx)) > WAITING:
        raise TooManyImports(WAITING, _RETRY_S)
    return ctx.new_id()


async def begin_file(ctx: Context, file: Spooled, asked: Asked, *, preview: bool = False) -> Import:
    """A run that reads this file. Raises ConsentRequired (403), PreviewOutdated (409), TooManyImports (429)."""
    await may_begin(ctx)
    if asked.basis is not None and asked.basis != _basis(ctx, file, asked):
        raise PreviewOutdated
    if file.last:
        await spool.keep(ctx, file.id, file.kept, file.last)
    details = Details(
        region=asked.region,
        charset=asked.charset,
        auto_merge=await imports.auto_merge(ctx.tx),
        size=file.size,
        digest=file.digest,
        version=ctx.head.version,
    )
    return await _begin(ctx, New(file.id, Kind.FILE, None, preview, b"", None), details)


async def begin_account(
    ctx: Context, account: UUID, kind: Kind, *, confirm: bool = False
) -> Import:
    """A run that reads this account. `confirm`: removals that were held may be carried out.

    Raises ConsentRequired (403), ImportUnderWay (409), TooManyImports (429).
    """
    consent.require(ctx.head.consents, Purpose(f"import.{kind}"))
    running = await imports.of_account(ctx.tx, account)
    if running:
        raise ImportUnderWay(running[0])
    await may_begin(ctx)
    details = Details(
        auto_merge=await imports.auto_merge(ctx.tx), confirm=confirm, version=ctx.head.version
    )
    new = New(ctx.new_id(), kind, account, preview=False, sealed=b"", total=None)
    return await _begin(ctx, new, details)


async def _begin(ctx: Context, new: New, details: Details) -> Import:
    new = replace(new, sealed=sealed.seal(ctx.key, new.id, 1, details))
    await imports.add(ctx.tx, new, ctx.now)
    await errands.leave(ctx, errands.IMPORT, new.id.bytes)
    await ctx.note("import.started", object_kind="import", object_id=str(new.id))
    return await get(ctx, new.id)


def _basis(ctx: Context, file: Spooled, asked: Asked) -> str:
    details = Details(
        region=asked.region, charset=asked.charset, digest=file.digest, version=ctx.head.version
    )
    return basis(ctx.house.signer, ctx.owner, details)


def basis(signer: Signer, owner: OwnerId, of: Details) -> str:
    """What a preview rests on: the book at that version, the file, and how it is read; the same for the same."""
    how = msgspec.msgpack.encode((of.version, of.digest, of.region, of.charset))
    return signer.alias(owner, "preview", how.hex())


async def get(ctx: Context, id_: UUID) -> Import:
    """That run. Raises NotFound (404)."""
    row = await imports.get(ctx.tx, id_)
    if row is None:
        raise NotFound
    return opened(ctx, row)


async def progress(house: House, owner: OwnerId, id_: UUID) -> Progress | None:
    """How far that run is, without opening what is sealed; None: the owner has none of this id."""
    await edge.head(house, owner)
    return await house.db.glance(owner, partial(imports.progress, id_=id_))


async def listed(ctx: Context, before: UUID, limit: int) -> list[Import]:
    """Runs older than that id, the newest first."""
    return [opened(ctx, row) for row in await imports.page(ctx.tx, before, limit)]


async def cancel(ctx: Context, id_: UUID) -> Import:
    """End a run now: no page is applied from here on, what was applied stays. Raises NotFound, ImportEnded (409)."""
    run = await get(ctx, id_)
    if State.CANCELLED not in NEXT[run.state]:
        raise ImportEnded(run.state.value)
    await _turn(ctx, run, State.CANCELLED)
    await import_parts.drop(ctx.tx, id_)
    await ctx.note("import.cancelled", object_kind="import", object_id=str(id_))
    ctx.house.metrics.count(
        "contacts_imports_total", kind=run.kind.value, outcome=State.CANCELLED.value
    ).add()
    return await get(ctx, id_)


async def cancel_of(ctx: Context, account: UUID) -> None:
    """End the runs of an account that is unlinked, or whose consent is withdrawn."""
    for id_ in await imports.of_account(ctx.tx, account):
        await cancel(ctx, id_)


async def cancel_all(ctx: Context) -> None:
    """End every run of the owner: the consent to store is withdrawn."""
    for standing in await imports.standing(ctx.tx):
        await cancel(ctx, standing.id)


async def auto_merge(ctx: Context) -> bool:
    """Whether new records may join contacts that are surely the same person's."""
    return await imports.auto_merge(ctx.tx)


async def choose(ctx: Context, *, auto_merge: bool) -> bool:
    """Choose it, for runs that begin from now on."""
    await imports.set_auto_merge(ctx.tx, auto_merge)
    await ctx.note("import.settings", object_kind="owner")
    return auto_merge


def opened(ctx: Context, row: ImportRow) -> Import:
    """The run of that row. Raises IntegrityBroken (500)."""
    return Import(
        id=row.id,
        number=row.number,
        kind=row.kind,
        account=row.account,
        preview=row.preview,
        state=row.state,
        phase=row.phase,
        details=sealed.open_(ctx.key, row.id, row.rev, row.sealed),
        rev=row.rev,
        done=row.done,
        total=row.total,
        percent=row.percent,
        counts=row.counts,
        held=row.held,
        waiting_until=row.waiting_until,
        made_at=row.made_at,
        ended_at=row.ended_at,
    )


async def _turn(ctx: Context, run: Import, state: State) -> None:
    held = sealed.seal(ctx.key, run.id, run.rev + 1, run.details)
    await imports.turn(ctx.tx, run.id, held, state, ctx.now)
