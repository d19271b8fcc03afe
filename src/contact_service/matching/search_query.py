"""A search query read once: words in their spellings, digits as they may be dialled, an address or not."""

from functools import cache

import msgspec
from nicknames import NickNamer

from contact_service.matching import names, search_entries

LONGEST = 256
MOST_WORDS = 8


class Query(msgspec.Struct, frozen=True):
    """`words` in order, each in the spellings it may be written in; empty when nothing is asked.

    `digits` only for a query of at least three digits without letters; `dialled` adds the forms without a national or
    international prefix, which count at the start of a number only.
    """

    text: str
    words: tuple[tuple[str, ...], ...]
    digits: str = ""
    dialled: tuple[str, ...] = ()
    address: str = ""


def read(text: str) -> Query:
    """The Query in `text`; what is beyond 256 characters or 8 words is not looked for."""
    text = text[:LONGEST].strip()
    folded = names.fold(text)
    words = names.lookups(text)[:MOST_WORDS]
    digits = "" if any(map(str.isalpha, folded)) else search_entries.digits(text)
    if len(digits) < 3:
        digits = ""
    return Query(folded, words, digits, _dialled(digits), _address(folded))


def equivalents(word: str) -> frozenset[str]:
    """Names a folded `word` is short for, or that are short for it: bill and william."""
    return _nicknames().get(word, frozenset())


def _dialled(digits: str) -> tuple[str, ...]:
    if not digits:
        return ()
    forms = [digits]
    for prefix in ("00", "011", "0"):
        rest = digits.removeprefix(prefix)
        if len(rest) >= 2 and rest != digits and not rest.startswith("0"):
            forms.append(rest)
            break
    return tuple(forms)


def _address(folded: str) -> str:
    at = "@" in folded
    inner = folded.find(".", 1, -1)
    between = inner > 0 and folded[inner - 1].isalpha() and folded[inner + 1].isalpha()
    return folded if (at or between) and len(folded.split()) == 1 else ""


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    """Read once, 20 ms: both directions of the table, folded."""
    found: dict[str, set[str]] = {}
    for name, short in NickNamer().nickname_lookup.items():
        for nick in short:
            one, other = names.fold(name), names.fold(nick)
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {name: frozenset(others) for name, others in found.items()}
