"""The arrays a search runs over: entries sorted by name, their words, trigrams, numbers and addresses; never changed.

A query gives each entry a class and a score; ties are broken by who is a user, then by the entry's place.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec
import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from contact_service.matching import search_query
from contact_service.matching.search_entries import Entry
from contact_service.matching.search_lines import Lines, Texts
from contact_service.matching.search_query import Query
from contact_service.matching.search_words import Floats, Gathered, Ints, Trigrams, Words

Bools = npt.NDArray[np.bool_]

WHOLE, IN_ORDER, ANY_ORDER, ELSEWHERE, ALIKE, NONE = range(1, 7)
NICKNAME = 0.85
_LAST, _INNER = 0.90, 0.75
_LEAST_WORDS, _LEAST_TRIGRAMS = 0.62, 0.30
_RERANKED = 30
_FAR = 1 << 30


class Found(msgspec.Struct, frozen=True, gc=False):
    """An entry found: its class (1 the best), its score in it, whether nobody registered is behind it."""

    rank: int
    score: float
    stranger: bool
    sort: str
    id: str


class Shelf:
    """The entries of a search index, or those written since it was made. `ids` are in the order of sort name and id;
    `places` is the inverse.
    """

    __slots__ = (
        "_addresses",
        "_name",
        "_names",
        "_numbers",
        "_other",
        "_sorts",
        "_trigrams",
        "_word_counts",
        "ids",
        "places",
    )

    def __init__(self, entries: Iterable[Entry]) -> None:
        # Entries are let go one by one: of 50,000 together they would outweigh all that is kept of them.
        self.ids: list[str] = []
        self._sorts: list[str] = []
        self._names: list[str] = []
        counts: list[int] = []
        name, other = Gathered(), Gathered()
        numbers, addresses = Texts(), Texts()
        for place, entry in enumerate(entries):
            self.ids.append(entry.id)
            self._sorts.append(entry.sort)
            self._names.append(" ".join([forms[0] for forms in entry.name]))
            counts.append(len(entry.name))
            name.take(place, entry.name)
            other.take(place, entry.other)
            numbers.take(place, entry.numbers)
            addresses.take(place, entry.addresses)
        # From here on the place of an entry is its rank by sort name and id.
        order = sorted(range(len(self.ids)), key=lambda at: (self._sorts[at], self.ids[at]))
        self.ids = [self.ids[at] for at in order]
        self._sorts = [self._sorts[at] for at in order]
        self._names = [self._names[at] for at in order]
        self.places = {card: place for place, card in enumerate(self.ids)}
        ranks = np.empty(len(order), np.int32)
        ranks[order] = np.arange(len(order), dtype=np.int32)
        self._word_counts = np.array(counts, np.int32)[order] if order else np.zeros(0, np.int32)
        self._name, self._other = Words(name, ranks), Words(other, ranks)
        self._numbers, self._addresses = Lines(numbers, ranks), Lines(addresses, ranks)
        self._trigrams = Trigrams(self._name)

    def __len__(self) -> int:
        return len(self.ids)

    def found(
        self, query: Query, limit: int, matched: AbstractSet[str], gone: Bools
    ) -> list[Found]:
        """The best `limit` entries in order, without those `gone`."""
        if not self.ids:
            return []
        ranks, scores = self._by_words(query)
        self._by_lines(query, ranks, scores)
        ranks[gone] = NONE
        if np.count_nonzero(ranks < NONE) < limit and not query.digits:
            self._by_likeness(query, ranks, scores)
            ranks[gone] = NONE
        places = np.flatnonzero(ranks < NONE)
        strangers = np.ones(len(self.ids), bool)
        strangers[[self.places[card] for card in matched if card in self.places]] = False
        keys = (places, strangers[places], -scores[places], ranks[places])
        return [
            Found(
                int(ranks[at]),
                float(scores[at]),
                bool(strangers[at]),
                self._sorts[at],
                self.ids[at],
            )
            for at in places[np.lexsort(keys)[:limit]].tolist()
        ]

    def _by_words(self, query: Query) -> tuple[Ints, Floats]:
        """Classes 1 to 4 by the beginnings of words."""
        size, count = len(self.ids), len(query.words)
        ranks = np.full(size, NONE, np.int64)
        if not count:
            return ranks, np.zeros(size, np.float32)
        named, anywhere, exact, ordered = (np.ones(size, bool) for _ in range(4))
        of_names, of_all = np.zeros(size, np.float32), np.zeros(size, np.float32)
        reached = np.full(size, -1, np.int64)
        for number, forms in enumerate(query.words, start=1):
            base = _LAST if number == count else _INNER
            value, reached = self._in_names(forms, base, reached)
            all_values = self._anywhere(forms, base, value)
            named &= value > 0
            anywhere &= all_values > 0
            exact &= value > 1
            ordered &= reached < _FAR
            of_names += value
            of_all += all_values
        ranks[anywhere] = ELSEWHERE
        ranks[named] = ANY_ORDER
        ranks[named & ordered] = IN_ORDER
        ranks[named & ordered & exact & (self._word_counts == count)] = WHOLE
        return ranks, np.where(named, of_names, of_all).astype(np.float32) / np.float32(count)

    def _in_names(self, forms: Iterable[str], base: float, reached: Ints) -> tuple[Floats, Ints]:
        """Best value in the name for each entry, and the first place behind `reached` where the word begins one."""
        value = np.zeros(reached.size, np.float32)
        places = np.full(reached.size, _FAR, np.int64)
        for form in forms:
            entries, at, values = self._name.prefixed(form, base)
            np.maximum.at(value, entries, values)
            behind = at > reached[entries]
            np.minimum.at(places, entries[behind], at[behind])
        return value, places

    def _anywhere(self, forms: Iterable[str], base: float, in_names: Floats) -> Floats:
        value = in_names.copy()
        for form in forms:
            entries, _, values = self._other.prefixed(form, base)
            np.maximum.at(value, entries, values)
            for other in search_query.equivalents(form):
                same = self._name.equal(other)
                value[same] = np.maximum(value[same], NICKNAME)
        return value

    def _by_lines(self, query: Query, ranks: Ints, scores: Floats) -> None:
        """Numbers by their start, end (from 4 digits) and inside, addresses by their start and inside."""
        if query.digits:
            for form in query.dialled:
                _raise(self._numbers.starting(form), IN_ORDER, ranks, scores)
            if len(query.digits) >= 4:
                _raise(self._numbers.ending(query.digits), ANY_ORDER, ranks, scores)
            _raise(self._numbers.holding(query.digits), ELSEWHERE, ranks, scores)
        if query.address:
            _raise(self._addresses.starting(query.address), IN_ORDER, ranks, scores)
            _raise(self._addresses.holding(query.address), ELSEWHERE, ranks, scores)

    def _by_likeness(self, query: Query, ranks: Ints, scores: Floats) -> None:
        """Class 5: the best by words and the best by trigrams, ranked again by both and by the whole text."""
        size = len(self.ids)
        by_words = np.zeros(size, np.float32)
        for number, forms in enumerate(query.words, start=1):
            base = _LAST if number == len(query.words) else _INNER
            value = np.zeros(size, np.float32)
            for form in forms:
                for words in (self._name, self._other):
                    if len(form) >= 3:
                        np.maximum(value, words.near(form), out=value)
                    entries, _, values = words.prefixed(form, base)
                    np.maximum.at(value, entries, values)
            by_words += value
        by_words /= np.float32(max(1, len(query.words)))
        trigrams = self._trigrams.alike([form for forms in query.words for form in forms[-1:]])
        open_ = ranks == NONE
        places = set(_best(by_words, open_ & (by_words >= _LEAST_WORDS)))
        places.update(_best(trigrams, open_ & (trigrams >= _LEAST_TRIGRAMS)))
        for place in places:
            name = self._names[place]
            whole = fuzz.WRatio(query.text, name) / 100 if name else 0.0
            ranks[place] = ALIKE
            scores[place] = by_words[place] + 0.5 * trigrams[place] + 0.35 * whole


def _raise(places: Ints, rank: int, ranks: Ints, scores: Floats) -> None:
    better = places[ranks[places] > rank]
    ranks[better] = rank
    scores[better] = 1.0


def _best(values: Floats, allowed: Bools) -> list[int]:
    places = np.flatnonzero(allowed)
    # A stable sort: argpartition would choose among equals at random, and the list would flicker.
    found: list[int] = places[np.argsort(-values[places], kind="stable")[:_RERANKED]].tolist()
    return found
