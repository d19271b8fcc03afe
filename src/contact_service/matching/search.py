"""Search as you type over one owner's cards, in memory; nothing about names is indexed at rest.

Class beats score: 1 the whole name, 2 all words begin name words, in order, 3 in any order, 4 nickname, e-mail,
organisation, 5 alike. Inside a class: score, matched users, sort name, id; so the answer never flickers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

import msgspec
import numpy as np

from contact_service.matching import search_query
from contact_service.matching.highlight import Marks, Matched
from contact_service.matching.search_entries import Entry, entry
from contact_service.matching.search_shelf import ALIKE, Bools, Found, Shelf

__all__ = ["Entry", "Hit", "Index", "entry"]

EntryOf = Callable[[str], Entry]
_REBUILD_SHARE, _REBUILD_LEAST = 0.05, 32


class Hit(msgspec.Struct, frozen=True, rename="camel"):
    """A card found. `score` 0..1 falls along the list; `matched_on` shows where."""

    id: str
    score: float
    matched_on: tuple[Matched, ...]


class Index(msgspec.Struct, frozen=True, eq=False):
    """The search index of a book: never changed, a write makes another one that shares most of it.

    `over` holds what was written since `base` was made, `gone` masks what of `base` was changed or removed. Entries are
    not kept: `entry_of` makes that of an id again, for the few that are shown.
    """

    base: Shelf
    gone: Bools
    over: Shelf
    entry_of: EntryOf

    @classmethod
    def build(cls, entries: Iterable[Entry], entry_of: EntryOf | None = None) -> Self:
        """The index of `entries`, taken one by one; ids are distinct. Without `entry_of` they are kept."""
        if entry_of is None:
            kept = {one.id: one for one in entries}
            entries, entry_of = kept.values(), kept.__getitem__
        base = Shelf(entries)
        return cls(base, np.zeros(len(base), bool), Shelf(()), entry_of)

    def __len__(self) -> int:
        return len(self.base) - int(self.gone.sum()) + len(self.over)

    def ids(self) -> Iterator[str]:
        """The ids of all entries that can be found."""
        for card, gone in zip(self.base.ids, self.gone.tolist(), strict=True):
            if not gone:
                yield card
        yield from self.over.ids

    def updated(
        self,
        changed: Sequence[Entry],
        removed: Iterable[str] = (),
        entry_of: EntryOf | None = None,
    ) -> Self:
        """The index after a write: `changed` entries are new or replace those of the same id, `removed` ids go.

        The few changes lie over the old arrays; above 5 % of them all is built anew.
        """
        fresh = {one.id: one for one in changed}
        if entry_of is None:
            entry_of = _either(fresh, self.entry_of)
        touched = fresh.keys() | set(removed)
        over = [card for card in self.over.ids if card not in touched] + list(fresh)
        gone = self.gone.copy()
        places = self.base.places
        gone[[places[card] for card in touched if card in places]] = True
        if len(over) + int(gone.sum()) > max(_REBUILD_LEAST, _REBUILD_SHARE * gone.size):
            kept = [card for card in self.ids() if card not in touched]
            return self.build(map(entry_of, [*kept, *fresh]), entry_of)
        return type(self)(self.base, gone, Shelf(map(entry_of, over)), entry_of)

    def search(self, text: str, limit: int, matched: AbstractSet[str] = frozenset()) -> list[Hit]:
        """At most `limit` cards for `text`, best first; `matched` are ids of cards of registered users.

        An empty query, or one that resembles nothing, finds nothing.
        """
        query = search_query.read(text)
        if not (query.words or query.digits) or limit < 1:
            return []
        found = self.base.found(query, limit, matched, self.gone)
        if len(self.over):
            found += self.over.found(query, limit, matched, np.zeros(len(self.over), bool))
            found.sort(key=_order)
        marks = Marks(query)
        return [
            Hit(one.id, _shown(one.rank, one.score), marks.of(self.entry_of(one.id)))
            for one in found[:limit]
        ]


def _either(fresh: dict[str, Entry], before: EntryOf) -> EntryOf:
    return lambda card: fresh[card] if card in fresh else before(card)


def _order(one: Found) -> tuple[int, float, bool, str, str]:
    return one.rank, -one.score, one.stranger, one.sort, one.id


def _shown(rank: int, score: float) -> float:
    """One figure that falls along the ranking: the class, then the score inside it."""
    return round((ALIKE - rank + min(score / 2, 0.999)) / ALIKE, 4)
