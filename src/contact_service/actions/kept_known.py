"""What a new record is held against: the contents, names and identifiers of cards that its source says nothing of."""

from collections.abc import Iterable
from typing import Any

import msgspec

from contact_service.matching import duplicates
from contact_service.matching.duplicates import Facts
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId
from contact_service.model.owner import Head

CARD_BYTES = 900
"""What a card holds here: its id, its content's hash, its facts."""
NOTHING: tuple[CardId, ...] = ()


class Seen(msgspec.Struct, frozen=True, gc=False):
    """A card by the keyed hash of its content, and what a safe join looks at."""

    content: bytes
    facts: Facts


class Known:
    """The cards of an owner's book at a head of which `source` (kind, key) says nothing, read for `region`."""

    __slots__ = ("_by_content", "_by_identifier", "_by_name", "_cards", "head", "region", "source")

    def __init__(self, head: Head, source: tuple[str, bytes], region: str | None) -> None:
        """An empty book."""
        self.head = head
        self.source = source
        self.region = region
        self._cards: dict[CardId, Seen] = {}
        self._by_content: dict[bytes, tuple[CardId, ...]] = {}
        self._by_name: dict[str, tuple[CardId, ...]] = {}
        self._by_identifier: dict[Identifier, tuple[CardId, ...]] = {}

    def __len__(self) -> int:
        return len(self._cards)

    @property
    def size_bytes(self) -> int:
        """An estimate of what it holds."""
        return 2_000 + CARD_BYTES * len(self._cards)

    def put(self, card: CardId, seen: Seen) -> None:
        """A card came or changed."""
        self.take(card)
        self._cards[card] = seen
        for table, keys in self._places(seen):
            for key in keys:
                table[key] = (*table.get(key, NOTHING), card)

    def take(self, card: CardId) -> None:
        """A card went."""
        seen = self._cards.pop(card, None)
        if seen is None:
            return
        for table, keys in self._places(seen):
            for key in keys:
                left = tuple(other for other in table[key] if other != card)
                if left:
                    table[key] = left
                else:
                    del table[key]

    def _places(
        self, seen: Seen
    ) -> tuple[tuple[dict[Any, tuple[CardId, ...]], Iterable[Any]], ...]:
        names = (seen.facts.name,) if seen.facts.name else ()
        return (
            (self._by_content, (seen.content,)),
            (self._by_name, names),
            (self._by_identifier, seen.facts.identifiers),
        )

    def alike(self, content: bytes) -> tuple[CardId, ...]:
        """The cards of that content."""
        return self._by_content.get(content, NOTHING)

    def surely(self, facts: Facts) -> list[CardId]:
        """The cards that a record of those facts may join by the safe rule."""
        found = self._by_name.get(facts.name, NOTHING) if facts.name else NOTHING
        hubs = self.hubs(facts)
        return [c for c in found if duplicates.safe(facts, self._cards[c].facts, hubs)]

    def maybe(self, facts: Facts) -> bool:
        """Whether some card may be the same person."""
        if facts.name and facts.name in self._by_name:
            return True
        hubs = self.hubs(facts)
        return any(one in self._by_identifier for one in facts.identifiers if one not in hubs)

    def hubs(self, facts: Facts) -> set[Identifier]:
        """Those of the identifiers that are on too many differently named cards to tell anything."""
        return {
            one
            for one in facts.identifiers
            if len({self._cards[c].facts.name for c in self._by_identifier.get(one, NOTHING)})
            > duplicates.HUB
        }
