"""What a page will do, decided before anything is written: contacts made, joined, changed, unlinked, refused."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import msgspec

from contact_service.actions import import_keys, import_removals
from contact_service.actions.context import Context
from contact_service.actions.desk import MAX_CARDS
from contact_service.actions.import_joins import Joins
from contact_service.actions.import_keys import SLICE, Item, Looked
from contact_service.actions.run_parts import Ready, Run, Seen
from contact_service.actions.sheet import same
from contact_service.actions.weaving import Id, Loom, Woven, fitted
from contact_service.actions.writing import Draft
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.imports import Kind, Reject
from contact_service.model.problem import TooLarge
from contact_service.model.revision import Cause
from contact_service.storage.source_records import SourceRecord
from contact_service.vault import uuid7


class Brought(msgspec.Struct, frozen=True, gc=False):
    """A record that is kept anew. `said` None: the card's revision says just that."""

    item: Item
    card: CardId
    said: Card | None = None


class Plan(msgspec.Struct):
    """The writes of a page. `brought`: records that are new or changed; `seen`: keys of those that are as they were;
    `dropped`: records of this source that go; `touched`: keys of which an undo must know what they were.
    """

    new: list[Draft] = []
    woven: list[Woven] = []
    brought: list[Brought] = []
    seen: list[bytes] = []
    dropped: list[SourceRecord] = []
    rejects: list[Reject] = []
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    possible_duplicates: int = 0


async def make(
    ctx: Context,
    run: Run,
    looked: Looked,
    ready: Mapping[int, Ready],
    loom: Loom,
    *,
    number: int,
    seen: Seen | None = None,
) -> Plan:
    """The plan of the `number`th page against the owner's rows as they are in this transaction."""
    planner = _Planner(ctx, run, looked, ready, loom, number, seen)
    await planner.look()
    for place, item in enumerate(looked.items):
        if place % SLICE == 0:
            await asyncio.sleep(0)
        planner.place(item)
    planner.weave()
    planner.take_away()
    return planner.plan


class _Planner:
    """The state of one planning: who holds uids, which cards a record may join, what is spoken for."""

    def __init__(
        self,
        ctx: Context,
        run: Run,
        looked: Looked,
        ready: Mapping[int, Ready],
        loom: Loom,
        number: int,
        seen: Seen | None,
    ) -> None:
        self.ctx = ctx
        self.run = run
        self.looked = looked
        self.ready = ready
        self.loom = loom
        self.number = number
        self.before = seen
        self.plan = Plan(unchanged=looked.repeats)
        self.joins = Joins(ctx, run, ready, loom, weak=seen is not None)
        self._puts: dict[CardId, dict[Id, Item]] = {}
        self._uids: set[str] = set(seen.uids) if seen is not None else set()
        self._fresh = iter(uuid7.many(ctx.now, len(ready)))
        made = seen.created if seen is not None else 0
        self._room = MAX_CARDS - ctx.head.live_cards - made
        self._going = set(looked.gone)
        self._drops: dict[CardId, list[SourceRecord]] = {}

    async def look(self) -> None:
        """Fetch the cards that records have, may join or leave."""
        held = self.looked.records
        changed = {
            held[item.key].card
            for item in self.looked.items
            if item.place in self.ready and item.key in held
        }
        left = {held[key].card for key in self._going if key in held}
        await self.loom.lay([*changed, *left])
        if self.ctx.head.live_cards:
            with_uid = [i for i in self.looked.items if i.place in self.ready]
            await self.joins.look(with_uid, [i for i in self.looked.items if self._is_new(i)])
            self.plan.possible_duplicates = self.joins.possible

    def _is_new(self, item: Item) -> bool:
        if item.place not in self.ready:
            return False
        record = self.looked.records.get(item.key)
        return record is None or self.loom.live(record.card) is None

    def place(self, item: Item) -> None:
        """Decide on one record."""
        record = self.looked.records.get(item.key)
        if record is not None and record.digest == item.mark.digest:
            self.plan.unchanged += 1
            self.plan.seen.append(item.key)
            return
        if self._is_repeated(record):
            self.plan.rejects.append(import_keys.double(item))
            return
        ready = self.ready.get(item.place)
        if ready is None:
            return  # refused while it was made ready; what the source said before stays
        if ready.uid in self._uids:
            self._refuse(item, "duplicate-uid", "another record has the same UID")
            return
        row = self.loom.live(record.card) if record is not None else None
        holder = self.joins.holder(item)
        if row is not None and holder not in {None, row.card}:
            self._refuse(item, "uid-taken", "another contact has this UID")
        elif row is not None:
            self._put(item, row.card)
        elif holder is not None and not self._may(item, holder):
            self._refuse(item, "duplicate-uid", "another record has the same UID")
        else:
            self._join(item, ready, holder)

    def _is_repeated(self, record: SourceRecord | None) -> bool:
        """Whether an earlier page of this file had the record already, saying something else."""
        return (
            record is not None
            and self.run.kind is Kind.FILE
            and (record.run, record.page < self.number) == (self.run.number, True)
        )

    def _join(self, item: Item, ready: Ready, holder: CardId | None) -> None:
        alike = (card for card in self.joins.of(item) if self._may(item, card))
        card = holder or next(alike, None)
        if card is not None:
            self._put(item, card)
        elif len(self.plan.new) >= self._room:
            self._refuse(item, "book-full", f"an owner has {MAX_CARDS} contacts at most")
        else:
            card = CardId(next(self._fresh))
            made = Draft(card, ready.card, ready.uid, ready.identifiers, cause=Cause.IMPORTED)
            self.plan.new.append(made)
            self.plan.created += 1
            self._bring(item, card)

    def _may(self, item: Item, card: CardId) -> bool:
        """Whether a card may be joined: it is there, and no other record of this source has it."""
        if self.loom.live(card) is None or card in self._puts:
            return False
        return all(
            record.source_key in self._going or record.source_key == item.key
            for record in self.loom.records.get(card, ())
            if (record.kind, record.source) == (self.run.kind.value, self.run.source)
        )

    def _put(self, item: Item, card: CardId) -> None:
        self._uids.add(self.ready[item.place].uid)
        id_ = (self.run.kind.value, self.run.source, item.key)
        self._puts.setdefault(card, {})[id_] = item

    def weave(self) -> None:
        """Weave every card that records of the page say something else of, or go from."""
        drops: dict[CardId, list[SourceRecord]] = {}
        for key in self._going:
            record = self.looked.records.get(key)
            if record is not None:
                drops.setdefault(record.card, []).append(record)
        for card, puts in self._puts.items():
            gone = drops.pop(card, [])
            self._weave(card, puts, gone)
        self._drops = drops

    def _weave(self, card: CardId, puts: Mapping[Id, Item], gone: list[SourceRecord]) -> None:
        standing = self.loom.standing(card)
        said = {id_: self._said(item, standing) for id_, item in puts.items()}
        try:
            woven = self.loom.weave(card, said, [record.id for record in gone])
        except TooLarge:
            for item in puts.values():
                self._refuse(item, "too-large", "with what other sources say it is too large")
            return
        self.plan.woven.append(woven)
        self.plan.dropped += gone
        for id_, item in puts.items():
            if woven.stays:
                self.plan.unchanged += 1
            else:
                self.plan.updated += 1
            is_it = woven.card is not None and _says(woven.card, said[id_])
            self._bring(item, card, None if is_it else said[id_])

    def _said(self, item: Item, standing: Card) -> Card:
        """The record as it is kept: one that has no uid of its own has its card's."""
        ready = self.ready[item.place]
        return ready.card if item.mark.upsert.own_uid else fitted(ready.card, standing)

    def take_away(self) -> None:
        """Unlink what the source removed."""
        gone = [record for records in self._drops.values() for record in records]
        taken = import_removals.plan(self.loom, gone, keep_edited=True)
        self.plan.woven += taken.woven
        self.plan.dropped += gone
        self.plan.removed += taken.removed

    def _bring(self, item: Item, card: CardId, said: Card | None = None) -> None:
        self._uids.add(self.ready[item.place].uid)
        self.plan.brought.append(Brought(item, card, said))

    def _refuse(self, item: Item, code: str, reason: str) -> None:
        self.plan.rejects.append(import_keys.refused(item, code, reason))
        self.plan.seen.append(item.key)


def _says(card: Card, said: Card) -> bool:
    return card == said or (card.lines == said.lines and same(card.json, said.json))


def remember(ctx: Context, run: Run, looked: Looked, plan: Plan, seen: Seen) -> None:
    """Have the next page of a preview find what this one would have written."""
    for item in looked.items:
        seen.records[item.key] = SourceRecord(
            run.kind.value,
            run.source,
            item.key,
            CardId(UUID(int=0)),
            item.mark.digest,
            0,
            None,
            None,
            None,
            None,
            run.number,
            seen.pages,
            run.number,
            ctx.now,
        )
    seen.uids.update(draft.uid for draft in plan.new)
    seen.created += len(plan.new)
