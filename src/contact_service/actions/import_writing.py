"""A plan of a page becomes rows: contacts, records, and beside them what an undo needs to know."""

from collections.abc import Sequence

from msgspec.structs import replace

from contact_service.actions import match_writes, source_records, woven
from contact_service.actions.context import Context
from contact_service.actions.import_keys import Looked
from contact_service.actions.import_plan import Plan
from contact_service.actions.run_parts import Run
from contact_service.actions.source_records import OWN
from contact_service.actions.weaving import Woven
from contact_service.actions.woven import Written
from contact_service.actions.writing import Draft
from contact_service.formats import jscontact
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.imports import Kind
from contact_service.model.revision import Cause
from contact_service.storage import import_undo
from contact_service.storage import source_records as rows
from contact_service.storage.source_records import Brought, Link


async def move(ctx: Context, run: Run, looked: Looked, number: int) -> None:
    """Put records that are called otherwise by now under their new keys."""
    if not looked.moved:
        return
    olds = [old for old, _ in looked.moved]
    keys = [old.source_key for old in olds]
    await import_undo.keep(ctx.tx, run.of, run.number, keys, ctx.now)
    await rows.drop(ctx.tx, [old.id for old in olds])
    at = {"run": run.number, "page": number, "born": run.number}
    await rows.restore(ctx.tx, [replace(looked.records[new], **at) for _, new in looked.moved])


async def write(ctx: Context, run: Run, looked: Looked, plan: Plan, number: int) -> int:
    """Write the plan of a page. Returns the owner's version after it."""
    held = looked.records
    changed = await _drafts(ctx, run, plan.woven)
    new = plan.new
    if changed or new:
        new, changed = await dialled(ctx, run.region, new), await dialled(ctx, run.region, changed)
    touched = [one.item.key for one in plan.brought if one.item.key in held]
    touched += [record.source_key for record in plan.dropped]
    await import_undo.keep(ctx.tx, run.of, run.number, touched, ctx.now)
    await _keep_owns(ctx, run, plan.woven)
    done = await woven.write(ctx, new, changed, plan.woven)
    left = dict.fromkeys((one.row.card for one in plan.woven if one.is_left), 0)
    gone = left | done.buried
    await import_undo.buried(ctx.tx, run.number, [*gone], [*gone.values()])
    await rows.drop(ctx.tx, [record.id for record in plan.dropped])
    await _bring(ctx, run, plan, done, number, {*held})
    if run.full or run.kind is Kind.FILE:
        seen = [*plan.seen, *looked.named]
        await rows.see(ctx.tx, run.of, seen, Brought(ctx.now, run.number, number))
    if total := len(new) + len(changed) + len(done.buried):
        await ctx.note("contacts.imported", object_kind="contact", n=total)
    return done.last


async def _drafts(ctx: Context, run: Run, many: Sequence[Woven]) -> list[Draft]:
    memo = Memo()
    return [
        woven.draft(ctx, one, one.card, Cause.IMPORTED, run.region, memo)
        for one in many
        if one.card is not None and not one.stays
    ]


async def dialled(ctx: Context, region: str | None, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts as the book is read: where its national numbers are dialled from another region than the source's."""
    if not drafts or not consent.given(ctx.head.consents, Purpose.MATCH):
        return list(drafts)
    where = (await match_writes.stand(ctx)).dialled
    if where == region:
        return list(drafts)
    memo = Memo()
    return [
        replace(one, identifiers=identifiers.of(jscontact.fields(one.card.json), where, memo))
        for one in drafts
    ]


async def _keep_owns(ctx: Context, run: Run, many: Sequence[Woven]) -> None:
    """Where the owner's own record goes with the last one of a source, an undo must have it again, as it is now."""
    going = [one for one in many if one.hers is not None]
    await rows.restore(
        ctx.tx, [woven.own(ctx, one.row.card, one.standing, one.hers) for one in going if one.hers]
    )
    keys = [source_records.own_key(one.row.card) for one in many if _drops_own(one)]
    await import_undo.keep(ctx.tx, OWN, run.number, keys, ctx.now)


def _drops_own(one: Woven) -> bool:
    return any(kind == OWN.kind for kind, _, _ in one.drops)


async def _bring(
    ctx: Context, run: Run, plan: Plan, done: Written, number: int, held: set[bytes]
) -> None:
    standing = {one.row.card: one.row.version for one in plan.woven if one.stays}
    links: tuple[list[Link], list[Link]] = ([], [])
    for one in plan.brought:
        upsert, key, record = one.item.mark.upsert, one.item.key, None
        if one.said is not None:
            record = source_records.seal(ctx.key, key, one.said)
        link = Link(
            key,
            one.card,
            one.item.mark.digest,
            done.versions.get(one.card, standing.get(one.card, 0)),
            record,
            source_records.seal_residue(ctx.key, key, upsert.residue),
            upsert.etag,
            woven.blob_ids(one.said) if one.said is not None else (),
        )
        links[key in held].append(link)
    brought = Brought(ctx.now, run.number, number)
    for is_held, some in enumerate(links):
        if some:
            await rows.put(ctx.tx, run.of, some, brought, fresh=not is_held)
