"""What a source says becomes contacts: pages are applied one by one, each wholly or not at all (imports.md).

Each record of a source is kept beside the card it became, so a record that comes again changes nothing, one that
changed or went takes along exactly what it gave, and a run can be taken back.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from contact_service.actions import (
    edge,
    import_keys,
    import_plan,
    import_writing,
    photos,
    social,
)
from contact_service.actions.context import Context, House
from contact_service.actions.import_keys import Looked
from contact_service.actions.run_parts import Applied, Ends, Mark, Prepared, Ready, Run, Seen
from contact_service.actions.weaving import Loom
from contact_service.formats import jscontact
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model import consent
from contact_service.model.card import Card
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.imports import NO_UID, Counts, Edge, Kind, Page, Place, Reject
from contact_service.model.problem import InvalidCard
from contact_service.storage import source_records as rows
from contact_service.vault import uuid7

__all__ = ["Applied", "Ends", "Prepared", "Run", "Seen", "apply", "prepare", "preview"]

BRAKE_RECORDS = 20
"""More removals than this, and more than half of a source: they wait for the owner's word (imports.md 2)."""
_PURPOSES = {
    Kind.GOOGLE: Purpose.IMPORT_GOOGLE,
    Kind.MICROSOFT: Purpose.IMPORT_MICROSOFT,
    Kind.FACEBOOK: Purpose.IMPORT_FACEBOOK,
    Kind.X: Purpose.IMPORT_X,
}
_LATEST = 2**62


async def prepare(house: House, owner: OwnerId, request_id: str, run: Run, page: Page) -> Prepared:
    """Decode and normalise what is new, develop pictures, outside any transaction. Raises ConsentRequired (403)."""
    prepared = await edge.read(house, owner, request_id, _prepared, run, page)
    await photos.prepare(house, [ready.card for ready in prepared.ready.values()])
    return prepared


async def _prepared(ctx: Context, run: Run, page: Page) -> Prepared:
    _allowed(ctx, run)
    marks = await import_keys.marks(ctx.key, run, page)
    looked = await import_keys.look(ctx, run, page, marks, _LATEST)
    return Prepared(marks, await _ready(ctx, run, looked, {}))


async def _ready(
    ctx: Context, run: Run, looked: Looked, done: Mapping[int, Ready]
) -> dict[int, Ready]:
    """The records that are new or changed, decoded; those in `done` are."""
    news = [item for item in looked.items if _is_news(looked, item)]
    ready = {item.place: done[item.place] for item in news if item.place in done}
    todo = [item for item in news if item.place not in done]
    memo = Memo()
    for at, (item, uid) in enumerate(zip(todo, uuid7.many(ctx.now, len(todo)), strict=True)):
        if at % import_keys.SLICE == 0:
            await asyncio.sleep(0)
        ready[item.place] = _decoded(item.mark, f"urn:uuid:{uid}", run.region, memo)
    return ready


def _is_news(looked: Looked, item: import_keys.Item) -> bool:
    record = looked.records.get(item.key)
    return record is None or record.digest != item.mark.digest


def _decoded(mark: Mark, fresh: str, region: str | None, memo: Memo) -> Ready:
    card = mark.upsert.card
    if not mark.upsert.own_uid:
        json = card.json.replace(b'"%b"' % NO_UID.encode(), b'"%b"' % fresh.encode(), 1)
        lines = card.lines.replace(b"UID:" + NO_UID.encode(), b"UID:" + fresh.encode(), 1)
        card = Card(json, lines)
    fields = jscontact.fields(card.json)
    return Ready(card, fields, fields.uid or fresh, identifiers.of(fields, region, memo))


async def apply(
    ctx: Context,
    run: Run,
    page: Page,
    number: int,
    prepared: Prepared | None = None,
    ends: Ends | None = None,
) -> Applied:
    """Write a page, the `number`th of its run (from 1). Applied twice it changes nothing. `prepared`: its `prepare`;
    without, it is prepared here; `ends`: it is the last one. Raises ConsentRequired (403).
    """
    _allowed(ctx, run)
    ctx = replace(ctx, device=run.device)
    marks = prepared.marks if prepared is not None else await import_keys.marks(ctx.key, run, page)
    looked = await import_keys.look(ctx, run, page, marks, number)
    await import_writing.move(ctx, run, looked, number)
    held = 0
    if run.full and ends is not None:
        looked, held = await _swept(ctx, run, looked, ends)
    ready = await _ready(ctx, run, looked, prepared.ready if prepared is not None else {})
    ready, refused = await _absorbed(ctx, looked, ready)
    loom = Loom(ctx, run.region)
    plan = await import_plan.make(ctx, run, looked, ready, loom, number=number)
    version = await import_writing.write(ctx, run, looked, plan, number)
    edges = _edges(page)
    if edges:
        via: social.Via = "archive" if run.kind is Kind.FILE else "api"
        kept = await social.keep(ctx, edges, run.number, via, run.source)
        refused += _beyond(kept)
    if run.full and ends is not None and not held:
        await social.sweep(ctx, run.number, run.source)
    done = _told(looked, plan, refused, edges, version)
    return msgspec.structs.replace(done, held=held)


def _beyond(kept: social.Kept) -> list[Reject]:
    """One line for those of a page who are more than an owner may have: they have no places of their own."""
    if not kept.beyond:
        return []
    reason = f"{kept.beyond} people: an owner has {social.MOST} at most"
    return [Reject(Place(0), "edges-full", reason)]


async def _swept(ctx: Context, run: Run, looked: Looked, ends: Ends) -> tuple[Looked, int]:
    """After the last page of a run that read everything, in its transaction: what the run did not see goes, as if the
    page said so. More than 20 records and more than half of the source are held, unless the owner confirms: how many.
    """
    told = {*(item.key for item in looked.items), *looked.named, *looked.gone}
    unseen = await rows.unseen(ctx.tx, run.of, run.number)
    gone = {record.source_key: record for record in unseen if record.source_key not in told}
    total = await rows.count(ctx.tx, run.of)
    total += sum(item.key not in looked.records for item in looked.items)
    if not ends.confirm and len(gone) > BRAKE_RECORDS and 2 * len(gone) > total:
        return looked, len(gone)
    records = looked.records | gone
    return msgspec.structs.replace(looked, gone=[*looked.gone, *gone], records=records), 0


async def preview(ctx: Context, run: Run, page: Page, seen: Seen) -> Applied:
    """What `apply` would do, in a read or write transaction; nothing is written. One `seen` for all pages.

    Raises ConsentRequired (403).
    """
    _allowed(ctx, run)
    marks = await import_keys.marks(ctx.key, run, page)
    looked = await import_keys.look(ctx, run, page, marks, seen.next_page(), seen)
    ready = await _ready(ctx, run, looked, {})
    loom = Loom(ctx, run.region)
    plan = await import_plan.make(ctx, run, looked, ready, loom, number=seen.pages, seen=seen)
    import_plan.remember(ctx, run, looked, plan, seen)
    return _told(looked, plan, [], _edges(page), ctx.head.version)


def _allowed(ctx: Context, run: Run) -> None:
    consent.require(ctx.head.consents, Purpose.STORE)
    if run.kind in _PURPOSES:
        consent.require(ctx.head.consents, _PURPOSES[run.kind])


def _edges(page: Page) -> tuple[Edge, ...]:
    return tuple(change for change in page.changes if isinstance(change, Edge))


async def _absorbed(
    ctx: Context, looked: Looked, ready: Mapping[int, Ready]
) -> tuple[dict[int, Ready], list[Reject]]:
    """The records with their pictures kept as blobs. What cannot be taken is told: a picture, which costs the contact
    nothing else, or the record.
    """
    cards = [record.card for record in ready.values()]
    made = await photos.absorb(ctx, cards)
    without = {
        at: photos.without_inline(cards[at])
        for at, card in enumerate(made)
        if isinstance(card, InvalidCard)
    }
    bare = await photos.absorb(ctx, list(without.values()))
    instead = dict(zip(without, bare, strict=True))
    items = {item.place: item for item in looked.items}
    kept: dict[int, Ready] = {}
    refused: list[Reject] = []
    for at, (place, record) in enumerate(ready.items()):
        card = instead.get(at, made[at])
        first = made[at]
        if isinstance(first, InvalidCard):
            code = "invalid-card" if isinstance(card, InvalidCard) else import_keys.PICTURE
            refused.append(import_keys.refused(items[place], code, first.detail or ""))
        if card is record.card:
            kept[place] = record
        elif isinstance(card, Card):
            fields = jscontact.fields(card.json)
            kept[place] = Ready(card, fields, record.uid, record.identifiers)
    return kept, refused


def _told(
    looked: Looked,
    plan: import_plan.Plan,
    refused: list[Reject],
    edges: tuple[Edge, ...],
    version: int,
) -> Applied:
    rejects = sorted([*looked.rejects, *refused, *plan.rejects], key=lambda r: r.place.index)
    # A contact that lost its picture is counted as what it became.
    lost = sum(reject.code != import_keys.PICTURE for reject in rejects)
    counts = Counts(plan.created, plan.updated, plan.unchanged, plan.removed, rejected=lost)
    return Applied(counts, tuple(rejects), edges, plan.possible_duplicates, 0, version)
