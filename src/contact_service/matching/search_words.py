"""A sorted vocabulary with its postings, as arrays: which entries hold a word, where, and which words are near it."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from contact_service.matching.search_entries import Spelled

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.signedinteger]

NEAR = 0.75
"""The least Jaro-Winkler similarity of a word that may be meant."""
EQUAL = 1.05
_LAST = "\U0010ffff"
_LAST_PLACE = 63


class Gathered:
    """The words of entries on their way into Words: a number for each word, and flat arrays of postings."""

    __slots__ = ("entries", "known", "places", "words")

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.words = array("i")
        self.entries = array("i")
        self.places = array("B")

    def take(self, entry: int, spelled: Spelled) -> None:
        """The words of one entry."""
        known = self.known
        for place, forms in enumerate(spelled):
            for form in forms:
                self.words.append(known.setdefault(form, len(known)))
                self.entries.append(entry)
                self.places.append(min(place, _LAST_PLACE))


class Words:
    """The words of entries; a posting is an entry and the word's place in it (later than 63 counts as 63). `ranks` has
    each entry's place by its number.
    """

    def __init__(self, found: Gathered, ranks: Ints) -> None:
        self.size = len(ranks)
        self.vocabulary = sorted(found.known)
        numbers = np.empty(len(found.known), np.int32)
        numbers[[found.known[word] for word in self.vocabulary]] = np.arange(
            len(found.known), dtype=np.int32
        )
        words = numbers[np.frombuffer(found.words, np.int32)]
        order = np.argsort(words, kind="stable")
        counts = np.bincount(words, minlength=len(self.vocabulary))
        self.starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        self.entries: Ints = ranks[np.frombuffer(found.entries, np.int32)[order]]
        self.places: Ints = np.frombuffer(found.places, np.int8)[order]
        self.lengths: Ints = np.fromiter(map(len, self.vocabulary), np.int32, len(counts))
        self._order = np.argsort(self.lengths, kind="stable").astype(np.int32)
        self._sorted_lengths = self.lengths[self._order]
        self._by_length = [self.vocabulary[number] for number in self._order.tolist()]

    def begin(self, start: str) -> tuple[int, int]:
        """The range of the vocabulary that begins with `start`."""
        low = bisect_left(self.vocabulary, start)
        return low, bisect_left(self.vocabulary, start + _LAST, low)

    def prefixed(self, start: str, base: float) -> tuple[Ints, Ints, Floats]:
        """Entries, places and values of all words that begin with `start`: `base` + .10 x share covered, equal 1.05."""
        low, high = self.begin(start)
        values = (base + 0.1 * len(start) / self.lengths[low:high]).astype(np.float32)
        if low < high and self.vocabulary[low] == start:
            values[0] = EQUAL
        first, last = self.starts[low], self.starts[high]
        counts = np.diff(self.starts[low : high + 1])
        return self.entries[first:last], self.places[first:last], np.repeat(values, counts)

    def equal(self, word: str) -> Ints:
        """Entries that hold exactly `word`."""
        at = bisect_left(self.vocabulary, word)
        if at == len(self.vocabulary) or self.vocabulary[at] != word:
            return self.entries[:0]
        return self.entries[self.starts[at] : self.starts[at + 1]]

    def near(self, word: str) -> Floats:
        """For each entry its best word's likeness to `word`, .45 Jaro-Winkler + .55 OSA; 0 below NEAR."""
        best = np.zeros(self.size, np.float32)
        ids = self._near_words(word)
        if not ids.size:
            return best
        some = [self.vocabulary[i] for i in ids]
        winkler = _alike(word, some, JaroWinkler.similarity)
        value = 0.45 * winkler + 0.55 * _alike(word, some, OSA.normalized_similarity)
        counts = self.starts[ids + 1] - self.starts[ids]
        offsets = np.repeat(
            self.starts[ids] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts
        )
        entries = self.entries[offsets + np.arange(offsets.size)]
        np.maximum.at(best, entries, np.repeat(value.astype(np.float32), counts))
        return best

    def _near_words(self, word: str) -> Ints:
        # A word of less than half or more than twice the letters is no typing error of this one.
        low, high = np.searchsorted(self._sorted_lengths, [(len(word) + 1) // 2, 2 * len(word) + 1])
        alike = _alike(word, self._by_length[low:high], JaroWinkler.similarity, NEAR)
        return self._order[low:high][alike >= NEAR]


class Trigrams:
    """Shared letters of a query and an entry's words: trigrams in both / in either (the formula of pg_trgm)."""

    def __init__(self, words: Words) -> None:
        owner, grams = _trigrams(words.vocabulary)
        order = np.argsort(grams, kind="stable")
        self._words, self._grams, self._owner = words, grams[order], owner[order]
        counts = np.diff(words.starts)
        self._posted = np.repeat(np.arange(len(words.vocabulary), dtype=np.int32), counts)
        held = np.bincount(owner, minlength=len(words.vocabulary))
        held_by = np.bincount(words.entries, held[self._posted], words.size)
        self._held = held_by.astype(np.float32)

    def alike(self, query: Sequence[str]) -> Floats:
        """For each entry the trigram similarity of all its words to the words of `query`, 0..1."""
        wanted = np.unique(_trigrams(query)[1])
        first = np.searchsorted(self._grams, wanted, "left")
        last = np.searchsorted(self._grams, wanted, "right")
        hits = [self._owner[low:high] for low, high in zip(first, last, strict=True) if low < high]
        if not hits:
            return np.zeros(self._words.size, np.float32)
        shared_words = np.bincount(np.concatenate(hits), minlength=len(self._words.vocabulary))
        shared = np.bincount(self._words.entries, shared_words[self._posted], self._words.size)
        shared = np.minimum(shared, wanted.size)
        return (shared / (wanted.size + self._held - shared)).astype(np.float32)


def _trigrams(words: Sequence[str]) -> tuple[Ints, Ints]:
    """Place of the word and packed trigram, for all trigrams of all `words` between two blanks and one."""
    text = "".join([f"  {word} " for word in words])
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    lengths = np.fromiter(map(len, words), np.int32, len(words)) + 3
    owner = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
    grams = (letters[:-2] << 42) | (letters[1:-1] << 21) | letters[2:]
    inside = owner[:-2] == owner[2:]
    return owner[:-2][inside], grams[inside]


def _alike(
    word: str, others: Sequence[str], scorer: Callable[..., float], least: float = 0.0
) -> Floats:
    if not others:
        return np.zeros(0, np.float32)
    found = process.cdist([word], others, scorer=scorer, score_cutoff=least, dtype=np.float32)
    row: Floats = found[0]
    return row
