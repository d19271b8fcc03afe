"""What an upload will do, decided before anything is written: new, changed, gone, linked, refused."""

import asyncio

import msgspec

from contact_service.actions import writing
from contact_service.actions.context import Context
from contact_service.actions.desk import MAX_CARDS
from contact_service.actions.sheet import same
from contact_service.actions.upload_records import SLICE, Prepared, Ready, Record, Reject
from contact_service.actions.writing import Draft, Gone
from contact_service.formats import jscontact, merging, vcard
from contact_service.matching import identifiers, phones
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.revision import Cause
from contact_service.storage import card_sources, cards, revisions
from contact_service.storage.card_sources import Link
from contact_service.storage.cards import CardRow
from contact_service.storage.revisions import Revision
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads, uuid7

_RECORD = b"record:"


class Plan(msgspec.Struct):
    """The writes of an upload. `links` of cards that are written lack their versions yet; `named`: what the device
    calls the contacts it holds now.
    """

    new: list[Draft] = []
    changed: list[Draft] = []
    gone: list[Gone] = []
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
        self._former: dict[tuple[CardId, int], Revision] = {}
        self._uids: set[str] = set()
        self._fresh = iter(uuid7.many(ctx.now, len(prepared.ready)))
        self._memo = phones.Memo()
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
            await self._look_back()

    async def _look_back(self) -> None:
        """Fetch what devices sent last, where the card has moved on since: the bases of merges."""
        wanted = {
            (row.card, link.version)
            for link in self.prepared.links.values()
            if link.record is None
            and (row := self._rows.get(link.card)) is not None
            and row.version != link.version
        }
        if wanted:
            self._former = await revisions.at_versions(self.ctx.tx, wanted)

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
        made = Draft(card, ready.card, ready.uid, ready.identifiers, cause=Cause.UPLOADED)
        self.plan.new.append(made)
        self._link(record, ready.uid, card)

    def _change(self, record: Record, ready: Ready, row: CardRow) -> None:
        standing = sealed_cards.open_(self.ctx.key, row.card, row.rev, row.sealed or b"")
        sent, uid = self._sent(ready, standing)
        content = self._merged(self._base(record, row, standing), sent, standing)
        self._link(
            record, uid, row.card, row.version, None if same(content.json, sent.json) else sent
        )
        if content == standing:
            self.plan.unchanged += 1
            return
        held, name = ready.identifiers, None
        if content is not sent:
            view = jscontact.fields(content.json)
            held = identifiers.of(view, self.prepared.region, self._memo)
        if row.name_key is not None and row.head is not None:
            _, name = heads.open_(self.ctx.key, row.card, row.rev, row.head)
        cause = Cause.UPLOADED if content is sent else Cause.MERGED
        self.plan.changed.append(
            Draft(row.card, content, uid, held, row.rev, cause, row.book, name)
        )

    def _sent(self, ready: Ready, standing: Card) -> tuple[Card, str]:
        """The record as a card: with the standing card's uid when the device sent none."""
        if ready.own_uid:
            return ready.card, ready.uid
        uid = jscontact.fields(standing.json).uid or ready.uid
        # It stands there once: it was made for this record.
        json = ready.card.json.replace(msgspec.json.encode(ready.uid), msgspec.json.encode(uid), 1)
        lines = ready.card.lines.replace(ready.uid.encode(), uid.encode(), 1)
        return Card(json, lines), uid

    def _base(self, record: Record, row: CardRow, standing: Card) -> bytes | None:
        """What the device sent last; None where that is not held (any more)."""
        link = self.prepared.links.get(record.source_key)
        if link is None or link.card != row.card:
            return None
        if link.record is not None:
            return self.ctx.key.open("card", _RECORD + record.source_key, 0, link.record)
        if link.version == row.version:
            return standing.json
        former = self._former.get((row.card, link.version))
        if former is None:
            return None
        return sealed_cards.open_(self.ctx.key, row.card, former.rev, former.sealed or b"").json

    def _merged(self, base: bytes | None, sent: Card, standing: Card) -> Card:
        """The record over what others made of the card since the device sent it last (sync.md 3)."""
        if base is not None and same(base, standing.json):
            return sent
        merged = merging.merge(base, sent.json, standing.json, self.prepared.region)
        if same(merged.json, sent.json):
            return sent
        if same(merged.json, standing.json):
            return standing
        lines = sent if sent.lines else standing
        return vcard.rewrite(lines, merged.json) if lines.lines else Card(merged.json)

    def _link(
        self, record: Record, uid: str, card: CardId, version: int = 0, sent: Card | None = None
    ) -> None:
        """`sent`: what the device sent, where the card will say something else."""
        self._uids.add(uid)
        key, sealed = record.source_key, None
        if sent is not None:
            sealed = self.ctx.key.seal("card", _RECORD + key, 0, sent.json)
        self.plan.links.append(Link(key, card, record.digest, version, sealed))
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
            Gone(c, row.book)
            for c, row in rows.items()
            if row.sealed is not None and not row.by_hand
        ]
