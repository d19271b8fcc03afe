"""An import is taken back: each record says again what it said before the run, and the cards follow; edits stay."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from msgspec.structs import replace as changed

from contact_service.actions import shelf, social, undo_order, unlinking, woven, writing
from contact_service.actions.context import Context
from contact_service.actions.run_parts import Run
from contact_service.actions.source_records import OWN, own_key
from contact_service.actions.weaving import Id, Loom, Woven
from contact_service.formats import jscontact
from contact_service.model.card import Card
from contact_service.model.ids import DEFAULT_BOOK, CardId
from contact_service.model.imports import Counts
from contact_service.model.problem import TooLarge
from contact_service.storage import cards, import_undo, retention
from contact_service.storage import source_records as rows
from contact_service.storage.import_undo import Earlier
from contact_service.storage.source_records import SourceRecord


class Undone(msgspec.Struct, frozen=True):
    """What a slice of an undo did: created = cards that came back; `more`: call again, in another transaction."""

    counts: Counts
    more: bool
    version: int


async def undo(ctx: Context, run: Run, most: int = 500) -> Undone:
    """Take back up to `most` records of the run. Held for 30 days; what is not held any more stays as it is, and so
    does what a later run changed.
    """
    ctx = replace(ctx, device=run.device)
    await import_undo.leave(ctx.tx, run.of, run.number)
    earlier = await import_undo.of_run(ctx.tx, run.number, most)
    hers = {own_key(one.record.card) for one in earlier if one.record is not None}
    owns = await import_undo.owns(ctx.tx, run.number, hers) if hers else []
    born = await rows.born(ctx.tx, run.of, run.number, max(0, most - len(earlier)))
    back = _Back(ctx, run, await undo_order.untouched(ctx, run, [*earlier, *owns]), born)
    done = await back.write()
    await import_undo.drop(ctx.tx, run.number, [one.id for one in (*earlier, *owns)])
    more = len(earlier) + len(born) == most
    if not more:
        await social.undo(ctx, run.number, run.source)
    return changed(done, more=more)


class _Back:
    """One slice: the records that go, those that say again what they said, and the cards of both."""

    def __init__(
        self,
        ctx: Context,
        run: Run,
        earlier: Sequence[Earlier],
        born: Sequence[SourceRecord],
    ) -> None:
        self._ctx = ctx
        self._run = run
        self._loom = Loom(ctx, run.region)
        self._owns = [e.record for e in earlier if e.id[0] == OWN.kind and e.record is not None]
        self._earlier = [e for e in earlier if e.id[0] != OWN.kind]
        self._left = {e.record.card for e in earlier if e.record is not None and e.gone == 0}
        self._born = {record.source_key: record for record in born}
        self._woven: list[Woven] = []

    async def write(self) -> Undone:
        """Weave and write it."""
        ctx = self._ctx
        keys = [one.id[2] for one in self._earlier]
        now = (await rows.among(ctx.tx, self._run.of, keys) if keys else {}) | self._born
        before = [one.record for one in self._earlier if one.record is not None]
        await rows.restore(ctx.tx, self._owns)
        await self._loom.lay({record.card for record in (*now.values(), *before)})
        await self._loom.fetch({(r.card, r.version) for r in before if r.record is None})
        puts: dict[CardId, dict[Id, Card]] = {}
        for record in before:
            said = self._loom.content(record)
            if said is not None and self._comes_back(record):
                puts.setdefault(record.card, {})[record.id] = said
        drops: dict[CardId, list[Id]] = {}
        for record in now.values():
            if record.id not in puts.get(record.card, {}):
                drops.setdefault(record.card, []).append(record.id)
        for card in dict.fromkeys((*puts, *drops)):
            if self._loom.live(card) is not None:
                self._weave(card, puts.get(card, {}), drops.get(card, []))
        made = await self._free(puts)
        drafts = await unlinking.drafts(ctx, [*self._woven, *made], self._run.region)
        done = await woven.write(ctx, [], drafts, self._woven, revived=len(made))
        await rows.drop(ctx.tx, [record.id for record in now.values()])
        await rows.restore(ctx.tx, before)
        await retention.wipe(ctx.tx, list(done.buried))
        if n := len(drafts) + len(done.buried):
            await ctx.note("contacts.import-undone", object_kind="contact", n=n)
        counts = Counts(len(made), len(drafts) - len(made), removed=len(done.buried))
        return Undone(counts, more=False, version=done.last)

    def _weave(self, card: CardId, puts: dict[Id, Card], drops: list[Id]) -> None:
        try:
            was_left = card in self._left
            self._woven.append(self._loom.weave(card, puts, drops, was_left=was_left))
        except TooLarge:
            row, standing = self._loom.rows[card], self._loom.standing(card)
            self._woven.append(Woven(row, standing, standing))

    def _comes_back(self, record: SourceRecord) -> bool:
        """Whether its card is there, or this run buried it; not where the owner deleted it before or since."""
        row = self._loom.rows.get(record.card)
        if row is None:
            return False
        gone = {one.gone for one in self._earlier if one.record is record}
        return row.sealed is not None or row.version in gone

    async def _free(self, puts: dict[CardId, dict[Id, Card]]) -> list[Woven]:
        """The cards that come back from the dead, unless another has their uid by now."""
        dead = [row for card in puts if (row := self._loom.rows[card]).sealed is None]
        if not dead:
            return []
        books = await shelf.read(self._ctx.tx, self._ctx.key)
        found: list[Woven] = []
        for row in dead:
            card = self._loom.whole(row.card, puts[row.card])
            book = row.book if row.book in books else DEFAULT_BOOK
            uid = writing.uid_key(self._ctx, jscontact.fields(card.json).uid or "")
            if await cards.by_uid(self._ctx.tx, [uid], book):
                continue
            name = row.name_key
            if name is not None and await cards.by_name(self._ctx.tx, book, name) is not None:
                name = None
            found.append(Woven(changed(row, book=book, name_key=name), Card(b""), card))
        return found
