"""What people in an owner's book are found by, kept in memory and never at rest; see `holdings.py`."""

from collections.abc import Sequence
from typing import NamedTuple

from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId
from contact_service.model.owner import Head

CARD_BYTES = 450
"""What a card holds here: its id, its number, a tuple and the texts of two Identifiers."""


class Written(NamedTuple):
    """What a write made of a book that stood at `since`: it stands at `version` then. `cards`: those that were written,
    each with what it is found by and whether it is a favourite; `gone`: those that went.
    """

    since: int
    version: int
    cards: Sequence[tuple[CardId, tuple[Identifier, ...], bool]]
    gone: Sequence[CardId]


class KeptIdentifiers:
    """The Identifiers of an owner's cards at a head, read for `region`: by card, of those that have any, in the card's
    order; how many cards hold each; which cards are favourites. `next`: the write that was committed upon it, so that
    who needs the book after it need not read and open what this process has just sealed.
    """

    __slots__ = ("by_card", "counts", "favourites", "head", "next", "region")

    def __init__(self, head: Head, region: str | None) -> None:
        """An empty book."""
        self.head = head
        self.region = region
        self.by_card: dict[CardId, tuple[Identifier, ...]] = {}
        self.counts: dict[Identifier, int] = {}
        self.favourites: set[CardId] = set()
        self.next: Written | None = None

    def copied(self, head: Head) -> "KeptIdentifiers":
        """The same at another head, ready to be changed."""
        copy = KeptIdentifiers(head, self.region)
        copy.by_card = self.by_card.copy()
        copy.counts = self.counts.copy()
        copy.favourites = self.favourites.copy()
        return copy

    @property
    def size_bytes(self) -> int:
        """An estimate of what it holds."""
        return 2_000 + CARD_BYTES * len(self.by_card)

    def of(self, card: CardId) -> tuple[Identifier, ...]:
        """What the card is found by; nothing where it is not in the book."""
        return self.by_card.get(card, ())

    def follow(self, written: Written) -> None:
        """As the write left it."""
        for card in written.gone:
            self.take(card)
        for card, held, favourite in written.cards:
            self.put(card, held, favourite=favourite)

    def put(self, card: CardId, held: tuple[Identifier, ...], *, favourite: bool) -> None:
        """A card came or changed."""
        self.take(card)
        if not held:
            return
        self.by_card[card] = held
        if favourite:
            self.favourites.add(card)
        for identifier in held:
            self.counts[identifier] = self.counts.get(identifier, 0) + 1

    def take(self, card: CardId) -> None:
        """A card went."""
        self.favourites.discard(card)
        for identifier in self.by_card.pop(card, ()):
            left = self.counts[identifier] - 1
            if left:
                self.counts[identifier] = left
            else:
                del self.counts[identifier]
