"""Which parts of a card's texts a query hit, as fragments that join to the original: offsets in UTF-16 or code points
would split the clients.
"""

import re

import msgspec
from rapidfuzz.distance import JaroWinkler

from contact_service.matching import names, search_entries, search_query
from contact_service.matching.search_entries import Entry
from contact_service.matching.search_query import Query
from contact_service.matching.search_words import NEAR

_PIECES = re.compile(r"[^\s\-.,;:_@+()/&|\"]+")
_LONGEST_WORD = 64
Spans = list[tuple[int, int]]


class Fragment(msgspec.Struct, frozen=True, gc=False):
    """A piece of the text; `hit` when the query is in it."""

    text: str
    hit: bool


class Matched(msgspec.Struct, frozen=True, gc=False):
    """`path` is the member's place in the card (RFC 9553, no leading slash); the fragments join to its text."""

    path: str
    fragments: tuple[Fragment, ...]


class Marks:
    """Marks the hits of one query; words that come again in the list of hits are looked at once."""

    __slots__ = ("_covered", "_equivalents", "_forms", "_near", "_query")

    def __init__(self, query: Query) -> None:
        self._query = query
        self._forms = [form for forms in query.words for form in forms]
        self._equivalents = {own for form in self._forms for own in search_query.equivalents(form)}
        self._covered: dict[str, int] = {}
        self._near: dict[str, int] = {}

    def of(self, entry: Entry) -> tuple[Matched, ...]:
        """The texts of `entry` that the query hit, exactly or by prefix; where none, those it resembles."""
        for near in (False, True):
            found = []
            for path, text in entry.texts:
                spans = self._spans(path, text, near=near)
                if spans:
                    found.append(Matched(path, _fragments(text, spans)))
            if found:
                return tuple(found)
        return ()

    def _spans(self, path: str, text: str, *, near: bool) -> Spans:
        query = self._query
        if path.startswith("phones/"):
            return _in_number(text, query) if query.digits else []
        if query.address and path.startswith("emails/"):
            at = text.lower().find(query.address)
            return [(at, at + len(query.address))] if at >= 0 else []
        known, measure = (self._near, self._alike) if near else (self._covered, self._begun)
        found = []
        for piece in _PIECES.finditer(text):
            word = piece[0]
            length = known.get(word)
            if length is None:
                length = known[word] = measure(word)
            if length:
                found.append((piece.start(), piece.start() + length))
        return found

    def _begun(self, word: str) -> int:
        """Letters of `word` that the longest fitting query word covers, all of it for a nickname; 0 for none."""
        own = {form for forms in names.words(word) for form in forms}
        best = 0
        for wanted in self._forms:
            if any(form.startswith(wanted) for form in own):
                best = max(best, _letters(word, wanted))
        return best or (len(word) if own & self._equivalents else 0)

    def _alike(self, word: str) -> int:
        own = [form for forms in names.words(word) for form in forms]
        wanted = [form for form in self._forms if len(form) >= 3]
        alike = any(JaroWinkler.similarity(w, o) >= NEAR for w in wanted for o in own)
        return len(word) if alike else 0


def _letters(word: str, form: str) -> int:
    """The fewest first letters of `word` that spell `form`: three of Muller with dots spell mue as well as mul."""
    if names.fold(word[: len(form)]) == form:
        return len(form)
    for length in range(1, min(len(word), _LONGEST_WORD) + 1):
        spelled = names.words(word[:length])
        if any(own.startswith(form) for forms in spelled for own in forms):
            return length
    return len(word)


def _in_number(text: str, query: Query) -> Spans:
    places = [at for at, letter in enumerate(text) if letter.isdecimal()]
    number = search_entries.digits(text)
    for form in query.dialled:
        at = number.rfind(form) if len(form) >= 4 and number.endswith(form) else number.find(form)
        if at >= 0:
            return [(places[at], places[at + len(form) - 1] + 1)]
    return []


def _fragments(text: str, spans: Spans) -> tuple[Fragment, ...]:
    found, at = [], 0
    for start, end in spans:
        if start > at:
            found.append(Fragment(text[at:start], hit=False))
        found.append(Fragment(text[start:end], hit=True))
        at = end
    if at < len(text):
        found.append(Fragment(text[at:], hit=False))
    return tuple(found)
