"""New cards in a book whose queue stands and whose budget is used up: they join the queue, which is not read for it.

What is asked is what the book has paid for, and nothing is charged. A book of 50,000 that comes in pages would else
have its whole queue read and weighed with each of them.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from contact_service.actions import budget, disclosure, holdings, match_queue, rematch
from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers
from contact_service.model.card import Card
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId
from contact_service.storage import match_queue as queued
from contact_service.storage import matches
from contact_service.storage.matches import State


class New(Protocol):
    """A card about to be written; `base` 0: it is new."""

    @property
    def base(self) -> int:
        """The revision it is written over."""
        ...

    @property
    def id(self) -> CardId:
        """Its id."""
        ...

    @property
    def card(self) -> Card:
        """What it will say."""
        ...

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What it will be found by."""
        ...


async def applies(ctx: Context, state: State, drafts: Sequence[New]) -> bool:
    """Whether these cards are all new, others wait, and nothing is left to be spent on any of them."""
    if not state.waiting or any(draft.base for draft in drafts):
        return False
    return not (await budget.left(ctx)).left


async def relate(ctx: Context, book: KeptIdentifiers, state: State, drafts: Sequence[New]) -> None:
    """Ask about what the cards hold that is paid, keep the pairs, and have those that hold anything else wait."""
    found_by = [(draft.id, draft.identifiers) for draft in drafts if draft.identifiers]
    paid = await _paid(ctx, book, {one for _, held in found_by for one in held})
    asked = [(card, tuple(one for one in held if one in paid)) for card, held in found_by]
    found = await disclosure.probe(ctx, list(dict.fromkeys(i for _, held in asked for i in held)))
    await matches.add(ctx.tx, rematch.pairs(ctx, asked, found))
    late = {card: held for card, held in found_by if not paid.issuperset(held)}
    if not late:
        return
    favourites = {
        draft.id for draft in drafts if draft.id in late and holdings.is_marked(draft.card)
    }
    last = await queued.last(ctx.tx, match_queue.FAVOURED)
    await match_queue.wait(ctx, list(late), last, favourites.__contains__)
    # What the book holds and has not paid waits already.
    more = {one for held in late.values() for one in held if one not in book.counts}
    if more:
        await matches.set_state(ctx.tx, replace(state, waiting=state.waiting + len(more)))


async def _paid(
    ctx: Context, book: KeptIdentifiers, asked: set[Identifier]
) -> frozenset[Identifier]:
    """Which of these a card that does not wait holds."""
    known = asked & book.counts.keys()
    if not known:
        return frozenset()
    holders = {card: held for card, held in book.by_card.items() if not known.isdisjoint(held)}
    waiting = await queued.among(ctx.tx, holders)
    return frozenset(
        one for card, held in holders.items() if card not in waiting for one in held if one in known
    )
