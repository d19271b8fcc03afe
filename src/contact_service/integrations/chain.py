"""A chain of pages on the guard: it ends, it moves, and what it gives has the shape that was promised."""

import re
from typing import TypeVar

import msgspec

from contact_service.integrations.connector import ProviderChanged, Transient

MOST_PAGES = 1_000
MOST_EMPTY = 3
"""So many pages in a row without a record, each with a next one, are a loop."""
T = TypeVar("T")
# A pair of surrogates; half of one; any other escape.
_ESCAPE = re.compile(
    rb"(?P<pair>\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|(?P<half>\\u[dD][89a-fA-F]..)|\\.", re.DOTALL
)


class Chain:
    """One chain. `pages`: how many an earlier try has read of it."""

    def __init__(self, pages: int = 0) -> None:
        self.pages = pages
        self._seen: set[str] = set()
        self._empty = 0

    def step(self, token: str, found: int) -> None:
        """The next page is at `token`, after one of so many records. Raises ProviderChanged for what never ends."""
        self.pages += 1
        self._empty = 0 if found else self._empty + 1
        if token in self._seen or self._empty >= MOST_EMPTY or self.pages >= MOST_PAGES:
            raise ProviderChanged
        self._seen.add(token)


def decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The answer. Raises Transient for what is no whole JSON text, ProviderChanged for JSON of another shape.

    Half of a surrogate pair, which no text can hold, comes as a NUL: its record is refused then, and no other.
    """
    try:
        try:
            return decoder.decode(body)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return decoder.decode(_ESCAPE.sub(_whole, body))
    except msgspec.ValidationError:
        raise ProviderChanged from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Transient from None


def _whole(found: re.Match[bytes]) -> bytes:
    return b"\\u0000" if found["half"] else found[0]
