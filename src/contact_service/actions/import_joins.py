"""Which card a record that is new may join: one with its uid, of the same content, or surely of the same person."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from contact_service.actions import recognising, writing
from contact_service.actions.context import Context
from contact_service.actions.import_keys import SLICE, Item
from contact_service.actions.kept_known import Known
from contact_service.actions.run_parts import Ready, Run
from contact_service.actions.weaving import Loom
from contact_service.formats import jscontact
from contact_service.matching import duplicates
from contact_service.matching.duplicates import Facts
from contact_service.matching.phones import Memo
from contact_service.model.ids import CardId
from contact_service.storage import cards


class Joins:
    """The cards that records of one page may join."""

    def __init__(
        self, ctx: Context, run: Run, ready: Mapping[int, Ready], loom: Loom, *, weak: bool
    ) -> None:
        """`weak`: look for those too that may be somebody who is there, and count them as `possible`."""
        self._ctx = ctx
        self._run = run
        self._ready = ready
        self._loom = loom
        self._weak = weak
        self._known: Known | None = None
        self._holders: dict[bytes, CardId] = {}
        self._alike: dict[int, list[CardId]] = {}
        self._memo = Memo()
        self.possible = 0

    async def look(self, sent: Sequence[Item], new: Sequence[Item]) -> None:
        """Fetch the cards that hold uids of what was `sent`, and those that are like what is `new`."""
        uids = [
            writing.uid_key(self._ctx, self._ready[item.place].uid)
            for item in sent
            if item.mark.upsert.own_uid
        ]
        if uids:
            self._holders = await cards.by_uid(self._ctx.tx, uids)
        if new:
            self._known = await recognising.known(self._ctx, self._run.of, self._run.region)
        if self._known:
            for at, item in enumerate(new):
                if at % SLICE == 0:
                    await asyncio.sleep(0)
                self._alike[item.place] = self._find(item, self._known)
        found = {card for many in self._alike.values() for card in many}
        await self._loom.lay([*self._holders.values(), *found])

    def _find(self, item: Item, known: Known) -> list[CardId]:
        found = list(known.alike(self._content(item)))
        if self._run.auto_merge or self._weak:
            facts = self._facts(item)
            if self._run.auto_merge:
                found += [card for card in known.surely(facts) if card not in found]
            self.possible += not found and known.maybe(facts)
        return found

    def _content(self, item: Item) -> bytes:
        json = self._ready[item.place].card.json
        return item.mark.content or recognising.content(self._ctx.key, json)

    def _facts(self, item: Item) -> Facts:
        return duplicates.facts(self._ready[item.place].fields, self._run.region, self._memo)

    def holder(self, item: Item) -> CardId | None:
        """The live card that holds the record's own uid."""
        if not item.mark.upsert.own_uid or not self._holders:
            return None
        key = writing.uid_key(self._ctx, self._ready[item.place].uid)
        holder = self._holders.get(key)
        return holder if holder is not None and self._loom.live(holder) is not None else None

    def of(self, item: Item) -> Iterator[CardId]:
        """The live cards that a new record may join, as they stand: what was looked at before may be old."""
        for card in self._alike.get(item.place, ()):
            if self._loom.live(card) is not None and self._is_alike(card, item):
                yield card

    def _is_alike(self, card: CardId, item: Item) -> bool:
        json = self._loom.standing(card).json
        if recognising.content(self._ctx.key, json) == self._content(item):
            return True
        if not self._run.auto_merge or self._known is None:
            return False
        facts = self._facts(item)
        stands = duplicates.facts(jscontact.fields(json), self._run.region, self._memo)
        return duplicates.safe(facts, stands, self._known.hubs(facts))
