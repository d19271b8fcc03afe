"""Which card a new record may join: one of the same content, or, where the owner allows, surely the same person."""

import asyncio

import msgspec

from contact_service.actions.context import Context
from contact_service.actions.kept_known import Known, Seen
from contact_service.formats import jscontact
from contact_service.matching import duplicates
from contact_service.matching.phones import Memo
from contact_service.model.card import Fields
from contact_service.model.ids import CardId
from contact_service.storage import cards
from contact_service.storage import source_records as rows
from contact_service.storage.source_records import Source
from contact_service.vault import cards as sealed_cards
from contact_service.vault.sealing import DataKey

SLICE = 200
"""Cards read between two turns of the event loop."""
_ENCODER = msgspec.json.Encoder(order="deterministic")
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLAIN = msgspec.json.Decoder(dict[str, object])
_WRITERS_OWN = ("@type", "version", "uid", "prodId", "created", "updated")


def content(key: DataKey, json: bytes) -> bytes:
    """The keyed hash of what a card says of a person: neither its uid nor what a writer notes of itself."""
    try:
        members = _PLAIN.decode(json)
        for name in _WRITERS_OWN:
            members.pop(name, None)
        told = _ENCODER.encode(members)
    except msgspec.ValidationError:
        # A number that no machine holds: as it is spelled.
        raw = _MEMBERS.decode(json)
        told = b"\0".join(bytes(raw[n]) for n in sorted(raw) if n not in _WRITERS_OWN)
    return key.mac(b"content:" + told)


def seen(key: DataKey, json: bytes, fields: Fields, region: str | None, memo: Memo) -> Seen:
    """A card as it is recognised."""
    return Seen(content(key, json), duplicates.facts(fields, region, memo))


async def known(ctx: Context, source: Source, region: str | None) -> Known:
    """The book as this transaction finds it, less what the source says something of already; in a write before it
    writes any card. Only what changed since it was read last is read. Raises IntegrityBroken (500).
    """
    whose = (source.kind, source.key)
    kept = ctx.house.known.held(ctx.owner)
    if kept is not None and (
        (kept.source, kept.region, kept.head.epoch) != (whose, region, ctx.head.epoch)
        or kept.head.version > ctx.head.version
    ):
        kept = None
    if kept is not None and kept.head.version == ctx.head.version:
        return kept
    made = kept if kept is not None else Known(ctx.head, whose, region)
    since = made.head.version if kept is not None else 0
    memo = Memo()
    async for places in cards.places(ctx.tx, since):
        live = [place.card for place in places if not place.deleted]
        said = await rows.said(ctx.tx, source, live) if live else set()
        for place in places:
            made.take(place.card)
        await _read(ctx, made, [card for card in live if card not in said], memo)
    made.head = ctx.head
    ctx.house.known.keep(made)
    return made


async def _read(ctx: Context, made: Known, wanted: list[CardId], memo: Memo) -> None:
    found = await cards.get_many(ctx.tx, wanted) if wanted else {}
    for at, row in enumerate(found.values(), 1):
        json = sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed or b"").json
        made.put(row.card, seen(ctx.key, json, jscontact.fields(json), made.region, memo))
        if at % SLICE == 0:
            await asyncio.sleep(0)
