"""What an upload will do, decided before anything is written: new, changed, gone, linked, refused."""

import asyncio

import msgspec

from contact_service.actions import import_removals, source_records, woven, writing
from contact_service.actions.context import Context
from contact_service.actions.desk import MAX_CARDS
from contact_service.actions.sheet import same
from contact_service.actions.upload_records import SLICE, Prepared, Ready, Record, Reject
from contact_service.actions.weaving import Id, Loom, Woven
from contact_service.actions.writing import Draft
from contact_service.formats import jscontact
from contact_service.matching import phones
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.problem import TooLarge
from contact_service.model.revision import Cause
from contact_service.storage import cards
from contact_service.storage.cards import CardRow
from contact_service.storage.source_records import Link
from contact_service.vault import uuid7


class Plan(msgspec.Struct):
    """The writes of an upload. `changed`: the drafts of those of the `woven` that change; `links` of cards that are
    written lack their versions yet; `named`: what the device calls the contacts it holds now.
    """

    new: list[Draft] = []
    changed: list[Draft] = []
    woven: list[Woven] = []
    links: list[Link] = []
    unlinked: list[bytes] = []
    rejects: list[Reject] = []
    updated: int = 0
    unchanged: int = 0
    named: dict[CardId, str] = {}


async def make(ctx: Context, prepared: Prepared) -> Plan:
    """The plan against the owner's rows as they are in this transaction."""
    planner = _Planner(ctx, prepared)
    await planner.look()
    for place, record in enumerate(prepared.records):
        if place % SLICE == 0:
            await asyncio.sleep(0)
        planner.place(record)
    planner.take_away()
    return planner.plan


class _Planner:
    """The state of one planning: rows looked up, uids and cards spoken for."""

    def __init__(self, ctx: Context, prepared: Prepared) -> None:
        self.ctx = ctx
        self.prepared = prepared
        self.plan = Plan()
        self._holders: dict[bytes, CardId] = {}
        self._loom = Loom(ctx, prepared.region)
        self._leaving = self._unnamed()
        self._uids: set[str] = set()
        self._fresh = iter(uuid7.many(ctx.now, len(prepared.ready)))
        self._memo = phones.Memo()
        self._room = MAX_CARDS - ctx.head.live_cards

    def _unnamed(self) -> set[bytes]:
        """The records that the device removed, or in a full view no longer names."""
        links, prepared = self.prepared.links, self.prepared
        keys = {r.source_key for r in prepared.records if r.raw is None and r.source_key in links}
        if prepared.batch.view == "full":
            keys |= links.keys() - prepared.named
        return keys

    async def look(self) -> None:
        """Fetch the cards that records may join, change or leave."""
        ready, links = self.prepared.ready, self.prepared.links
        if not self.ctx.head.live_cards and not links:
            return
        uids = [writing.uid_key(self.ctx, r.uid) for r in ready.values() if r.own_uid]
        if uids:
            self._holders = await cards.by_uid(self.ctx.tx, uids)
        known = {
            link.card
            for record in self.prepared.records
            if record.index in ready and (link := links.get(record.source_key))
        }
        left = {links[key].card for key in self._leaving}
        await self._loom.lay([*known, *self._holders.values(), *left])

    def place(self, record: Record) -> None:
        """Decide on one record that the device holds; removals come later."""
        link = self.prepared.links.get(record.source_key)
        if record.raw is None:
            return
        if link is not None and link.digest == record.digest:
            self.plan.unchanged += 1
            self.plan.named[link.card] = record.source_id
            return
        ready = self.prepared.ready.get(record.index)
        if ready is None:
            return  # rejected while it was decoded; what the device brought before stays
        if ready.uid in self._uids:
            self._reject(record, "duplicate-uid")
            return
        holder = self._holder(ready)
        row = self._loom.live(link.card) if link is not None else None
        if row is not None and holder not in {None, row.card}:
            self._reject(record, "uid-taken")
            return
        row = row or (self._loom.live(holder) if holder is not None else None)
        if row is None:
            self._add(record, ready)
        else:
            self._change(record, ready, row)

    def _holder(self, ready: Ready) -> CardId | None:
        if not ready.own_uid or not self._holders:
            return None
        return self._holders.get(writing.uid_key(self.ctx, ready.uid))

    def _add(self, record: Record, ready: Ready) -> None:
        if len(self.plan.new) >= self._room:
            self._reject(record, "book-full")
            return
        card = CardId(next(self._fresh))
        made = Draft(card, ready.card, ready.uid, ready.identifiers, cause=Cause.UPLOADED)
        self.plan.new.append(made)
        self._link(record, ready.uid, card)

    def _change(self, record: Record, ready: Ready, row: CardRow) -> None:
        sent, uid = self._sent(ready, self._loom.standing(row.card))
        drops = self._left_by(row.card)
        try:
            made = self._loom.weave(row.card, {self._id(record.source_key): sent}, drops)
        except TooLarge:
            self._reject(record, TooLarge.slug)
            return
        self.plan.woven.append(made)
        assert made.card is not None, "the device says something of it"
        is_sent = same(made.card.json, sent.json)
        self._link(record, uid, row.card, row.version, None if is_sent else sent)
        if made.stays:
            self.plan.unchanged += 1
            return
        self.plan.updated += 1
        self._draft(made, made.card, Cause.UPLOADED if made.card is sent else Cause.MERGED)

    def _draft(self, made: Woven, card: Card, cause: Cause) -> None:
        region = self.prepared.region
        self.plan.changed.append(woven.draft(self.ctx, made, card, cause, region, self._memo))

    def _id(self, source_key: bytes) -> Id:
        return self.prepared.device.kind, self.prepared.device.key, source_key

    def _left_by(self, card: CardId) -> list[Id]:
        """The records of the card that the device no longer has."""
        leaving = {self._id(key) for key in self._leaving}
        return [r.id for r in self._loom.records.get(card, ()) if r.id in leaving]

    def _sent(self, ready: Ready, standing: Card) -> tuple[Card, str]:
        """The record as a card: with the standing card's uid when the device sent none."""
        if ready.own_uid:
            return ready.card, ready.uid
        uid = jscontact.fields(standing.json).uid or ready.uid
        # It stands there once: it was made for this record.
        json = ready.card.json.replace(msgspec.json.encode(ready.uid), msgspec.json.encode(uid), 1)
        lines = ready.card.lines.replace(ready.uid.encode(), uid.encode(), 1)
        return Card(json, lines), uid

    def _link(
        self, record: Record, uid: str, card: CardId, version: int = 0, sent: Card | None = None
    ) -> None:
        """`sent`: what the device sent, where the card will say something else."""
        self._uids.add(uid)
        key, sealed = record.source_key, None
        if sent is not None:
            sealed = source_records.seal(self.ctx.key, key, sent)
        blobs = woven.blob_ids(sent) if sent is not None else ()
        self.plan.links.append(Link(key, card, record.digest, version, sealed, blobs=blobs))
        self.plan.named[card] = record.source_id

    def _reject(self, record: Record, reason: str) -> None:
        self.plan.rejects.append(Reject(record.index, record.source_id, reason))

    def take_away(self) -> None:
        """Unlink what the device no longer has; what nothing else holds goes, but for what a person edited."""
        self.plan.unlinked = list(self._leaving)
        touched = {one.row.card for one in self.plan.woven}
        left = {self.prepared.links[key].card for key in self._leaving} - touched
        leaving = {self._id(key) for key in self._leaving}
        gone = [r for card in left for r in self._loom.records.get(card, ()) if r.id in leaving]
        for made in import_removals.plan(self._loom, gone, keep_edited=True).woven:
            self.plan.woven.append(made)
            if made.card is not None and not made.stays:
                self._draft(made, made.card, Cause.MERGED)
