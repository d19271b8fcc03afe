"""A device's address book arrives: what is new is kept, what changed is changed, what it no longer has goes.

One upload is one transaction. Repeating it changes nothing. A hand edit is never undone by a record that stayed the
same, and a contact that a person edited is not deleted because a device lost it (edit wins over delete; sync.md 3.4).
"""

import dataclasses
from datetime import datetime

import msgspec
from msgspec.structs import replace

from contact_service.actions import (
    edge,
    match,
    match_writes,
    photos,
    upload_plan,
    upload_records,
    woven,
)
from contact_service.actions.context import Context, House
from contact_service.actions.match import Found
from contact_service.actions.upload_plan import Plan
from contact_service.actions.upload_records import Prepared, Ready, Reject
from contact_service.actions.writing import Draft
from contact_service.formats import jscontact
from contact_service.formats.upload import Batch
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidCard
from contact_service.storage import source_records
from contact_service.storage.source_records import Brought
from contact_service.vault import uuid7


class Uploaded(msgspec.Struct, frozen=True):
    """What became of an upload; `matches` pair the device's record ids with users the owner may know of; `deferred`:
    how many identifiers of the book wait for the budget.
    """

    created: int
    updated: int
    unchanged: int
    removed: int
    rejected: list[Reject]
    matches: list[tuple[str, Found]]
    version: int
    deferred: int = 0


async def prepare(house: House, owner: OwnerId, request_id: str, batch: Batch) -> Prepared:
    """Decode and normalise what is new, outside any transaction. Raises ConsentRequired (403)."""
    known, now = await edge.read(house, owner, request_id, _known, batch)
    todo = upload_records.unknown(known.records, known.links)
    uids = [f"urn:uuid:{u}" for u in uuid7.many(now, len(todo))]
    ready, rejects = await upload_records.decode(batch, todo, uids, known.region)
    await photos.prepare(house, [r.card for r in ready.values()])
    return replace(known, ready=ready, rejects=[*known.rejects, *rejects])


async def _known(ctx: Context, batch: Batch) -> tuple[Prepared, datetime]:
    consent.require(ctx.head.consents, Purpose.STORE)
    device = upload_records.device(ctx.key, batch)
    records, rejects, named = await upload_records.keyed(ctx.key, batch)
    links = await source_records.links(ctx.tx, device)
    region = await match.region(ctx, batch.source.region)
    known = Prepared(batch, device, records, rejects, named, links, {}, region, ctx.head.version)
    return known, ctx.now


async def apply(ctx: Context, prepared: Prepared) -> Uploaded:
    """Write an upload. Raises ConsentRequired (403): the owner may have withdrawn while it was decoded."""
    consent.require(ctx.head.consents, Purpose.STORE)
    prepared = await _absorbed(ctx, await _current(ctx, prepared))
    plan = await upload_plan.make(ctx, prepared)
    deferred = 0
    if matched := consent.given(ctx.head.consents, Purpose.MATCH):
        plan = await _dialled(ctx, prepared, plan)
        await match.refresh(ctx)
    version = await _write(ctx, prepared, plan)
    removed = sum(1 for one in plan.woven if one.card is None)
    total = len(plan.new) + len(plan.changed) + removed
    if matched:
        deferred = await match_writes.waiting(ctx)
    if total:
        await ctx.note("contacts.uploaded", object_kind="contact", n=total)
    rejected = sorted([*prepared.rejects, *plan.rejects], key=lambda r: r.index)
    return Uploaded(
        created=len(plan.new),
        updated=plan.updated,
        unchanged=plan.unchanged,
        removed=removed,
        rejected=rejected,
        matches=await _matches(ctx, plan),
        version=version,
        deferred=deferred,
    )


async def _dialled(ctx: Context, prepared: Prepared, plan: Plan) -> Plan:
    """The plan with its cards read where the book is dialled from: an upload that writes cards names the region."""
    if not (plan.new or plan.changed):
        return plan
    where = (await match_writes.stand(ctx, prepared.batch.source.region)).dialled
    if where == prepared.region:
        return plan
    # Another upload has named another region since this one was decoded.
    memo = Memo()

    def read(draft: Draft) -> Draft:
        held = identifiers.of(jscontact.fields(draft.card.json), where, memo)
        return replace(draft, identifiers=held)

    return replace(plan, new=[*map(read, plan.new)], changed=[*map(read, plan.changed)])


async def _current(ctx: Context, prepared: Prepared) -> Prepared:
    """The same upload against the rows as they are now, if the owner's book moved on while it was decoded."""
    if ctx.head.version == prepared.version:
        return prepared
    links = await source_records.links(ctx.tx, prepared.device)
    refused = {reject.index for reject in prepared.rejects}
    todo = [
        r
        for r in upload_records.unknown(prepared.records, links)
        if r.index not in prepared.ready and r.index not in refused
    ]
    uids = [f"urn:uuid:{u}" for u in uuid7.many(ctx.now, len(todo))]
    ready, rejects = await upload_records.decode(prepared.batch, todo, uids, prepared.region)
    return replace(
        prepared,
        links=links,
        ready=prepared.ready | ready,
        rejects=[*prepared.rejects, *rejects],
        version=ctx.head.version,
    )


async def _absorbed(ctx: Context, prepared: Prepared) -> Prepared:
    """The same upload with the pictures of its new records kept as blobs: as cards at rest have them."""
    taken = await photos.absorb(ctx, [r.card for r in prepared.ready.values()])
    ready: dict[int, Ready] = {}
    refused: dict[int, InvalidCard] = {}
    for (index, record), card in zip(prepared.ready.items(), taken, strict=True):
        if isinstance(card, InvalidCard):
            refused[index] = card
        else:
            ready[index] = record if card is record.card else replace(record, card=card)
    rejects = [
        Reject(r.index, r.source_id, upload_records.slug(refused[r.index]))
        for r in prepared.records
        if r.index in refused
    ]
    return replace(prepared, ready=ready, rejects=[*prepared.rejects, *rejects])


async def _write(ctx: Context, prepared: Prepared, plan: Plan) -> int:
    """Write the plan. Returns the owner's version after it."""
    device = prepared.device
    as_device = dataclasses.replace(ctx, device=prepared.batch.source.kind)
    done = await woven.write(as_device, plan.new, plan.changed, plan.woven)
    if plan.links:
        links = [
            replace(link, version=done.versions.get(link.card, link.version)) for link in plan.links
        ]
        fresh = not prepared.links
        await source_records.put(ctx.tx, device, links, Brought(ctx.now), fresh=fresh)
    if plan.unlinked:
        gone = [(device.kind, device.key, key) for key in plan.unlinked]
        await source_records.drop(ctx.tx, gone)
    return done.last


async def _matches(ctx: Context, plan: Plan) -> list[tuple[str, Found]]:
    if not consent.given(ctx.head.consents, Purpose.MATCH):
        return []
    found = await match.stored(ctx, plan.named.keys())
    return [(plan.named[f.card], f) for f in found]
