"""What matching costs: new Identifiers are charged in the book's order, and cards that are not covered wait in a queue.

What was paid is what the cards hold that do not wait. It is asked of the directory, nothing else of the book is.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from contact_service.actions import budget, disclosure
from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId
from contact_service.model.match import Candidate
from contact_service.storage import match_queue

Holding = tuple[CardId, tuple[Identifier, ...]]
"""A card and what it is found by."""
FAVOURED = 1 << 48
"""Favourites are placed so much before the others."""


class Paid:
    """The Identifiers of a book that were paid for."""

    __slots__ = ("_counts", "_waiting")

    def __init__(self, book: KeptIdentifiers, waiting: Iterable[CardId]) -> None:
        """`waiting`: the cards in the queue."""
        self._counts = book.counts
        self._waiting: dict[Identifier, int] = {}
        for card in waiting:
            for identifier in book.of(card):
                self._waiting[identifier] = self._waiting.get(identifier, 0) + 1

    def has(self, one: Identifier) -> bool:
        """Whether a card that does not wait holds it."""
        return self._counts.get(one, 0) > self._waiting.get(one, 0)

    def all(self) -> list[Identifier]:
        """All of them."""
        return list(filter(self.has, self._counts))


class Covered(msgspec.Struct):
    """What the budget covers: `cards` hold nothing unpaid any more, `charged` is what was charged for them."""

    cards: set[CardId]
    charged: dict[Identifier, None]


async def cover(
    ctx: Context,
    holdings: Sequence[Holding],
    paid: Callable[[Identifier], bool],
    favoured: Callable[[CardId], bool],
) -> Covered:
    """Charge what these cards hold that was not paid, card by card in their order, as far as the budget goes.

    Once a card is not covered, those behind it are only if they cost nothing: each waits its turn. Favourites go first.
    """
    whole = _within(ctx, holdings, paid, None)
    if not whole.charged:
        return whole
    # One is charged or not; of several it must be known before how many, or some would be charged for nothing.
    left = 1 if len(whole.charged) == 1 else (await budget.left(ctx)).left
    if left >= len(whole.charged):
        part = whole
    else:
        holdings = sorted(holdings, key=lambda one: not favoured(one[0]))
        part = _within(ctx, holdings, paid, left)
    given = await budget.spend_some(ctx, len(part.charged))
    # The network's fence may let through less than the account has.
    return part if given == len(part.charged) else _within(ctx, holdings, paid, given)


def _within(
    ctx: Context, holdings: Sequence[Holding], paid: Callable[[Identifier], bool], room: int | None
) -> Covered:
    """What `room` units cover; None: all."""
    known = ctx.house.settings
    most = max(known.discovery_most, known.discovery_at_once, known.discovery_at_once_attested)
    found = Covered(set(), {})
    for card, held in holdings:
        new = [one for one in held if not (paid(one) or one in found.charged)]
        if room is not None and new and len(found.charged) + len(new) > room:
            # What no budget could ever cover waits without holding up the others.
            room = room if len(new) > most else 0
            continue
        found.cards.add(card)
        found.charged.update(dict.fromkeys(new))
    return found


async def judged(
    ctx: Context, charged: Collection[Identifier], found: Mapping[Identifier, Candidate]
) -> None:
    """Have what was charged weighed by how many of it the owner is shown."""
    if charged:
        hits = [found[one] for one in charged if one in found]
        shown = await disclosure.disclose(ctx, hits)
        await budget.judge(ctx, list(charged), sum(hit in shown for hit in hits))


def last(queue: Mapping[CardId, int]) -> int:
    """The last place that was given, as of a card that is no favourite."""
    return max((place + FAVOURED if place < 0 else place for place in queue.values()), default=0)


async def wait(
    ctx: Context,
    cards: Sequence[CardId],
    last: int,
    favoured: Callable[[CardId], bool],
) -> None:
    """Put cards at the end of the queue, behind the `last` place, favourites behind the last favourite. One that waits
    keeps its place.
    """
    places = {
        card: place - FAVOURED if favoured(card) else place
        for place, card in enumerate(cards, last + 1)
    }
    await match_queue.add(ctx.tx, places)


def count(book: KeptIdentifiers, waiting: Collection[CardId]) -> int:
    """How many Identifiers of the book wait."""
    paid = Paid(book, waiting)
    return len({one for card in waiting for one in book.of(card) if not paid.has(one)})
