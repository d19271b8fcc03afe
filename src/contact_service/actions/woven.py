"""Woven cards on their way into rows: the cards, the owner's own records beside them, the records that go."""

from collections.abc import Iterable, Sequence

import msgspec

from contact_service.actions import photos, source_records, writing
from contact_service.actions.context import Context
from contact_service.actions.source_records import OWN
from contact_service.actions.weaving import Woven
from contact_service.actions.writing import Draft, Gone
from contact_service.formats import jscontact
from contact_service.formats.claims import Claim
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.revision import Cause
from contact_service.storage import source_records as rows
from contact_service.storage.source_records import SourceRecord
from contact_service.vault import heads


class Written(msgspec.Struct, frozen=True):
    """The versions of the cards that were written and of those that were buried, and the owner's after it."""

    versions: dict[CardId, int]
    buried: dict[CardId, int]
    last: int


def draft(
    ctx: Context, woven: Woven, card: Card, cause: Cause, region: str | None, memo: Memo
) -> Draft:
    """What becomes of a live card, ready to be written."""
    row, name = woven.row, None
    if row.name_key is not None and row.head is not None:
        _, name = heads.open_(ctx.key, row.card, row.rev, row.head)
    view = jscontact.fields(card.json)
    held = identifiers.of(view, region, memo)
    return Draft(row.card, card, view.uid or "", held, row.rev, cause, row.book, name)


async def write(
    ctx: Context,
    new: Sequence[Draft],
    changed: Sequence[Draft],
    woven: Iterable[Woven],
    *,
    revived: int = 0,
    plain: Sequence[CardId] = (),
) -> Written:
    """Write new cards, changed ones, tombstones of the woven that go; keep the owner's claims, forget what drops.

    `changed` has the drafts of those of the woven that change, and `revived` that were tombstones; `plain` go too.
    """
    many = list(woven)
    gone = [Gone(one.row.card, one.row.book) for one in many if one.card is None]
    gone += [Gone(card) for card in plain]
    versions: dict[CardId, int] = {}
    buried: dict[CardId, int] = {}
    last = ctx.head.version
    if new or changed or gone:
        given = await writing.store(ctx, new, changed, gone, by_hand=False, revived=revived)
        buried = {one.id: version for version, one in enumerate(gone, given.first)}
        written = enumerate([*new, *changed], given.first + len(gone))
        versions = {one.id: version for version, one in written}
        last = given.last
    await rows.drop(ctx.tx, [id_ for one in many for id_ in one.drops])
    await rows.restore(
        ctx.tx,
        [own(ctx, one.row.card, one.standing, one.claim) for one in many if one.claim is not None],
    )
    return Written(versions, buried, last)


def own(ctx: Context, card: CardId, standing: Card, claim: Claim) -> SourceRecord:
    """The owner's own record of a card."""
    key = source_records.own_key(card)
    said = Card(claim.said, standing.lines if claim.said == standing.json else b"")
    denied = claim.denied if claim.denied != b"{}" else b""
    return SourceRecord(
        OWN.kind,
        OWN.key,
        key,
        card,
        b"",
        0,
        source_records.seal(ctx.key, key, said),
        source_records.seal_residue(ctx.key, key, denied),
        blob_ids(said, denied),
        None,
        0,
        0,
        0,
        ctx.now,
    )


def blob_ids(said: Card, beside: bytes = b"") -> tuple[bytes, ...]:
    """The blobs that a record and what is kept beside it point to."""
    found = photos.blob_ids(said)
    return (*found, *photos.blob_ids(Card(beside))) if b"-cs:blob:" in beside else found
