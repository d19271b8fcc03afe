"""What an upload will do, decided before anything is written: new, changed, gone, linked, refused."""

import asyncio

import msgspec

from contact_service.actions import writing
from contact_service.actions.context import Context
from contact_service.actions.desk import MAX_CARDS
from contact_service.actions.upload_records import SLICE, Prepared, Ready, Record, Reject
from contact_service.actions.writing import Draft
from contact_service.formats import jscontact, vcard
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.storage import card_sources, cards
from contact_service.storage.card_sources import Link
from contact_service.storage.cards import CardRow
from contact_service.vault import cards as sealed_cards
from contact_service.vault import uuid7


class Plan(msgspec.Struct):
    """The writes of an upload. `named`: what the device calls the contacts it holds now."""

    new: list[Draft] = []
    changed: list[Draft] = []
    gone: list[CardId] = []
    links: list[Link] = []
    unlinked: list[bytes] = []
    rejects: list[Reject] = []
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
    await planner.take_away()
    return planner.plan


class _Planner:
    """The state of one planning: rows looked up, uids and cards spoken for."""

    def __init__(self, ctx: Context, prepared: Prepared) -> None:
        self.ctx = ctx
        self.prepared = prepared
        self.plan = Plan()
        self._holders: dict[bytes, CardId] = {}
        self._rows: dict[CardId, CardRow] = {}
        self._uids: set[str] = set()
        self._fresh = iter(uuid7.many(ctx.now, len(prepared.ready)))
        self._room = MAX_CARDS - ctx.head.live_cards

    async def look(self) -> None:
        """Fetch the rows that records may join or change."""
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
        wanted = list(known.union(self._holders.values()))
        if wanted:
            self._rows = await cards.get_many(self.ctx.tx, wanted)

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
        row = self._live(link.card) if link is not None else None
        if row is not None and holder not in {None, row.card}:
            self._reject(record, "uid-taken")
            return
        row = row or (self._live(holder) if holder is not None else None)
        if row is None:
            self._add(record, ready)
        else:
            self._change(record, ready, row)

    def _holder(self, ready: Ready) -> CardId | None:
        if not ready.own_uid or not self._holders:
            return None
        return self._holders.get(writing.uid_key(self.ctx, ready.uid))

    def _live(self, card: CardId) -> CardRow | None:
        row = self._rows.get(card)
        return row if row is not None and row.sealed is not None else None

    def _add(self, record: Record, ready: Ready) -> None:
        if len(self.plan.new) >= self._room:
            self._reject(record, "book-full")
            return
        card = CardId(next(self._fresh))
        self.plan.new.append(Draft(card, ready.card, ready.uid, ready.identifiers))
        self._link(record, ready.uid, card)

    def _change(self, record: Record, ready: Ready, row: CardRow) -> None:
        standing = sealed_cards.open_(self.ctx.key, row.card, row.rev, row.sealed or b"")
        content, uid = self._content(record, ready, row, standing)
        self._link(record, uid, row.card)
        if content == standing:
            self.plan.unchanged += 1
        else:
            self.plan.changed.append(Draft(row.card, content, uid, ready.identifiers, row.rev))

    def _content(
        self, record: Record, ready: Ready, row: CardRow, standing: Card
    ) -> tuple[Card, str]:
        """The record's content over the standing card: with its uid when the record has none, and with the members that
        a person added and the record lacks.
        """
        content, uid = ready.card, ready.uid
        if not ready.own_uid and record.raw is not None:
            uid = jscontact.fields(standing.json).uid or uid
            read = vcard.read if self.prepared.batch.is_vcard else jscontact.read
            content, _ = read(record.raw, uid)
        if not row.by_hand:
            return content, uid
        members = msgspec.json.decode(standing.json, type=dict[str, msgspec.Raw])
        members |= msgspec.json.decode(content.json, type=dict[str, msgspec.Raw])
        json = msgspec.json.encode(members)
        return (vcard.rewrite(content, json) if content.lines else Card(json)), uid

    def _link(self, record: Record, uid: str, card: CardId) -> None:
        self._uids.add(uid)
        self.plan.links.append(Link(record.source_key, card, record.digest))
        self.plan.named[card] = record.source_id

    def _reject(self, record: Record, reason: str) -> None:
        self.plan.rejects.append(Reject(record.index, record.source_id, reason))

    async def take_away(self) -> None:
        """Unlink what the device removed, or in a full view no longer names; bury what nothing else holds."""
        links, prepared = self.prepared.links, self.prepared
        keys = {r.source_key for r in prepared.records if r.raw is None and r.source_key in links}
        if prepared.batch.view == "full":
            keys |= links.keys() - prepared.named
        if not keys:
            return
        self.plan.unlinked = list(keys)
        left = {links[key].card for key in keys} - self.plan.named.keys()
        if not left:
            return
        held = await card_sources.linked_elsewhere(
            self.ctx.tx, prepared.device, list(left), self.plan.unlinked
        )
        rows = await cards.get_many(self.ctx.tx, list(left - held))
        # Edited by a person: the edit wins over the device's delete, and the contact stays.
        self.plan.gone = [
            c for c, row in rows.items() if row.sealed is not None and not row.by_hand
        ]
