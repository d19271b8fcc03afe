"""Search as you type over one owner's cards, in memory; nothing about names is indexed at rest.

Class beats score: 1 the whole name, 2 all words begin name words, in order, 3 in any order, 4 nickname, e-mail,
organisation, 5 alike. Inside a class: score, matched users, sort name, id; so the answer never flickers.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

import msgspec
import numpy as np

from contact_service.matching import search_query
from contact_service.matching.highlight import Marks, Matched
from contact_service.matching.search_entries import Entry, entry
from contact_service.matching.search_shelf import ALIKE, Bools, Found, Shelf

__all__ = ["Entry", "Hit", "Index", "entry"]

_REBUILD_SHARE, _REBUILD_LEAST = 0.05, 32


class Hit(msgspec.Struct, frozen=True, rename="camel"):
    """A card found. `score` 0..1 falls along the list; `matched_on` shows where."""

    id: str
    score: float
    matched_on: tuple[Matched, ...]


class Index(msgspec.Struct, frozen=True, eq=False):
    """The search index of a book: never changed, a write makes another one that shares most of it.

    `over` holds what was written since `base` was made, `gone` masks what of `base` was changed or removed.
    """

    base: Shelf
    gone: Bools
    over: Shelf

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> Self:
        """The index of `entries`; ids are distinct."""
        base = Shelf(entries)
        return cls(base, np.zeros(len(base.entries), bool), Shelf(()))

    def __len__(self) -> int:
        return len(self.base.entries) - int(self.gone.sum()) + len(self.over.entries)

    def entries(self) -> Iterator[Entry]:
        """All entries that can be found."""
        for one, gone in zip(self.base.entries, self.gone.tolist(), strict=True):
            if not gone:
                yield one
        yield from self.over.entries

    def updated(self, changed: Sequence[Entry], removed: Iterable[str] = ()) -> Self:
        """The index after a write: `changed` entries are new or replace those of the same id, `removed` ids go.

        The few changes lie over the old arrays; above 5 % of them all is built anew.
        """
        touched = {one.id for one in changed} | set(removed)
        over = [one for one in self.over.entries if one.id not in touched] + list(changed)
        gone = self.gone.copy()
        places = self.base.places
        gone[[places[card] for card in touched if card in places]] = True
        if len(over) + int(gone.sum()) > max(_REBUILD_LEAST, _REBUILD_SHARE * gone.size):
            kept = [one for one in self.entries() if one.id not in touched]
            return self.build(kept + list(changed))
        return type(self)(self.base, gone, Shelf(over))

    def search(self, text: str, limit: int, matched: AbstractSet[str] = frozenset()) -> list[Hit]:
        """At most `limit` cards for `text`, best first; `matched` are ids of cards of registered users.

        An empty query, or one that resembles nothing, finds nothing.
        """
        query = search_query.read(text)
        if not (query.words or query.digits) or limit < 1:
            return []
        found = self.base.found(query, limit, matched, self.gone)
        if self.over.entries:
            found += self.over.found(query, limit, matched, np.zeros(len(self.over.entries), bool))
            found.sort(key=_order)
        marks = Marks(query)
        return [
            Hit(one.entry.id, _shown(one.rank, one.score), marks.of(one.entry))
            for one in found[:limit]
        ]


def _order(one: Found) -> tuple[int, float, bool, str, str]:
    return one.rank, -one.score, one.stranger, one.entry.sort, one.entry.id


def _shown(rank: int, score: float) -> float:
    """One figure that falls along the ranking: the class, then the score inside it."""
    return round((ALIKE - rank + min(score / 2, 0.999)) / ALIKE, 4)
