"""A source is unlinked: exactly what only it gave goes; what another source or the owner says too, stays."""

from collections.abc import Sequence

import msgspec

from contact_service.actions import (
    import_removals,
    import_writing,
    match,
    social,
    weaving,
    woven,
)
from contact_service.actions.context import Context
from contact_service.actions.weaving import Loom, Woven
from contact_service.actions.woven import Written
from contact_service.actions.writing import Draft
from contact_service.matching.phones import Memo
from contact_service.model.ids import CardId
from contact_service.model.imports import Counts, Kind
from contact_service.model.revision import Cause
from contact_service.storage import cards, import_undo, retention
from contact_service.storage import source_records as rows
from contact_service.storage.source_records import Source, SourceRecord


class Unlinked(msgspec.Struct, frozen=True):
    """What a slice did; `more`: call again, in another transaction."""

    counts: Counts
    more: bool
    version: int


async def remove(
    ctx: Context, kind: Kind, source: bytes, most: int = 1_000, *, keep: bool = False
) -> Unlinked:
    """Forget up to `most` records of the source. `keep`: the cards stay as they are, as the owner's own."""
    of = Source(kind.value, source)
    records = await rows.some(ctx.tx, of, b"", most)
    more = len(records) == most
    if not more:
        await import_undo.drop_source(ctx.tx, of)
        await social.drop(ctx, source)
    if keep:
        await _leave(ctx, records)
        return Unlinked(Counts(), more, ctx.head.version)
    done = await take(ctx, records)
    counts = Counts(updated=len(done.versions), removed=len(done.buried))
    if done.versions or done.buried:
        n = len(done.versions) + len(done.buried)
        await ctx.note("contacts.unlinked", object_kind="contact", n=n)
    return Unlinked(counts, more, done.last)


async def _leave(ctx: Context, records: Sequence[SourceRecord]) -> None:
    """Forget who said this: it is the owner's own. What she said of a card before is kept while others speak of it."""
    loom = Loom(ctx, await match.region(ctx))
    going = {record.id for record in records}
    whose = list({record.card for record in records})
    await loom.lay(whose)
    owns: list[SourceRecord] = []
    for card in whose:
        others = [r for r in loom.records[card] if r.kind != Kind.OWN and r.id not in going]
        row = loom.live(card)
        if not others or row is None:
            going.add(weaving.own_id(card))
            continue
        standing = loom.standing(card)
        claim = loom.claim(row, standing, loom.folded(card))
        owns += [woven.own(ctx, row.card, standing, claim)] if claim is not None else []
    await rows.restore(ctx.tx, owns)
    await cards.adopt(ctx.tx, whose)
    await rows.drop(ctx.tx, list(going))


async def take(ctx: Context, records: Sequence[SourceRecord]) -> Written:
    """Take away what only these records say. A card that goes is not kept in the trash; one that stays keeps its
    history, which is what other sources said of it too.
    """
    region = await match.region(ctx)
    loom = Loom(ctx, region)
    await loom.lay({record.card for record in records})
    many = import_removals.plan(loom, records, keep_edited=False).woven
    done = await woven.write(ctx, [], await drafts(ctx, many, region), many)
    await rows.drop(ctx.tx, [record.id for record in records])
    await retention.wipe(ctx.tx, [*done.buried])
    return done


async def drafts(ctx: Context, many: Sequence[Woven], region: str | None) -> list[Draft]:
    """What becomes of the woven cards that change."""
    memo = Memo()
    made = [
        woven.draft(ctx, one, one.card, Cause.MERGED, region, memo)
        for one in many
        if one.card is not None and not one.stays
    ]
    return await import_writing.dialled(ctx, region, made)


async def forget_all(ctx: Context) -> None:
    """What uploads and imports gave goes, and with the consent went the right to keep it in the trash: what nobody
    edited as a whole, of the rest all but what the owner says.
    """
    plain = await cards.uploaded_only(ctx.tx)
    edited = await rows.sourced(ctx.tx)
    region = await match.region(ctx)
    loom = Loom(ctx, region)
    await loom.lay(edited)
    records = [r for card in edited for r in loom.records.get(card, ()) if r.kind != Kind.OWN]
    many = import_removals.plan(loom, records, keep_edited=False).woven
    done = await woven.write(ctx, [], await drafts(ctx, many, region), many, plain=plain)
    await rows.drop_all(ctx.tx)
    await import_undo.drop_all(ctx.tx)
    await social.forget(ctx)
    gone: list[CardId] = [*done.buried, *done.versions]
    if gone:
        await retention.wipe(ctx.tx, gone)
