"""The matches of cards that are written, in the transaction that writes them: only what is new to the book costs.

`before` looks at the book as it stands, then the cards are written, then `relate` charges, asks and keeps the pairs. An
edit that brings and takes no Identifier needs neither.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from contact_service.actions import (
    disclosure,
    holdings,
    match,
    match_queue,
    match_spent,
    rematch,
)
from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers, Written
from contact_service.actions.match_queue import Holding, Paid
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId
from contact_service.storage import match_queue as queued
from contact_service.storage import matches
from contact_service.storage.matches import State


class Drafted(match_spent.New, Protocol):
    """A card about to be written over revision `base`."""

    @property
    def held(self) -> tuple[Identifier, ...] | None:
        """What it was found by before; None where the writer does not know."""
        ...


class Before(NamedTuple):
    """The book before a write: what it held, which cards waited and where, how far it was matched. `spent`: nothing can
    be charged for what comes, so the queue was not read.
    """

    book: KeptIdentifiers
    queue: dict[CardId, int]
    state: State
    spent: bool = False


async def before(ctx: Context, drafts: Sequence[Drafted], gone: Sequence[CardId]) -> Before | None:
    """What `relate` will need, asked before any card is written; None when it has nothing to do."""
    if not consent.given(ctx.head.consents, Purpose.MATCH):
        return None
    if not any(map(_moves, drafts)) and not (gone and await queued.among(ctx.tx, gone)):
        return None
    state = await stand(ctx)
    if not gone and await match_spent.applies(ctx, state, drafts):
        return Before(await holdings.read(ctx, state.dialled), {}, state, spent=True)
    # Whoever waits is counted in the state, so that most writes need not ask.
    queue = await queued.of_owner(ctx.tx) if state.waiting else {}
    return Before(await holdings.read(ctx, state.dialled), queue, state)


def _moves(draft: Drafted) -> bool:
    held = draft.held if draft.base else ()
    return held is None or set(held) != set(draft.identifiers)


async def stand(ctx: Context, asked: str | None = None) -> State:
    """The book's state as it is read now: where it was never matched, or is read otherwise, it is settled first.

    `asked`: the region that an upload names.
    """
    state = await matches.state(ctx.tx)
    where = await match.dialled(ctx, state, asked)
    if state is not None and rematch.reads(state, where):
        if asked and state.region != asked:
            state = replace(state, region=asked)
            await matches.set_state(ctx.tx, state)
        return state
    clock = await disclosure.clock(ctx)
    now = match.fresh(ctx, state, where)
    now = replace(now, region=asked or now.region)
    if state is not None or ctx.head.live_cards:
        return await rematch.settle(ctx, clock, state, now)
    # Nothing of the book is asked about yet: what is about to be written will be matched with all there is.
    now = replace(now, through_seq=clock)
    await matches.set_state(ctx.tx, now)
    return now


async def relate(
    ctx: Context,
    was: Before,
    drafts: Sequence[Drafted],
    gone: Collection[CardId],
    *,
    by_hand: bool,
    last: int,
) -> None:
    """Charge what the drafts bring that the book had not, as far as the budget goes; ask about what is paid, and keep
    the pairs. What is not covered waits, and nothing of it is asked. What a person writes goes before the queue, what a
    device brings behind it. `last`: the owner's version after the write.
    """
    cards = [(d.id, d.identifiers, holdings.is_marked(d.card)) for d in drafts]
    holdings.follow(ctx, was.book, Written(ctx.head.version, last, cards, list(gone)))
    if was.spent:
        await match_spent.relate(ctx, was.book, was.state, drafts)
        return
    moved = [d for d in drafts if set(was.book.of(d.id)) != set(d.identifiers)]
    by_id = {d.id: d for d in moved}
    written: list[Holding] = [(d.id, d.identifiers) for d in moved]
    stay = [card for card in was.queue if card not in by_id and card not in gone]
    waits: list[Holding] = [(card, was.book.of(card)) for card in stay]

    def favoured(card: CardId) -> bool:
        if card in by_id:
            return holdings.is_marked(by_id[card].card)
        return card in was.book.favourites

    paid = Paid(was.book, was.queue).has
    order = [*written, *waits] if by_hand else [*waits, *written]
    covered = await match_queue.cover(ctx, order, paid, favoured)
    asked: list[Holding] = [
        (card, tuple(one for one in held if paid(one) or one in covered.charged))
        for card, held in (*written, *(one for one in waits if one[0] in covered.cards))
    ]
    found = await disclosure.probe(ctx, list(dict.fromkeys(i for _, held in asked for i in held)))
    # Looked up one by one: isdisjoint would walk the whole book.
    if any(card in was.book.by_card for card in by_id):
        await matches.drop_cards(ctx.tx, list(by_id))
    await matches.add(ctx.tx, rematch.pairs(ctx, asked, found))
    over = was.queue.keys() & {*covered.cards, *gone}
    if over:
        await queued.drop_cards(ctx.tx, over)
    late = [card for card, _ in written if card not in covered.cards]
    if late:
        await match_queue.wait(ctx, late, match_queue.last(was.queue), favoured)
    await match_queue.judged(ctx, covered.charged, found)
    await _note(ctx, was, written, gone, (was.queue.keys() | set(late)) - over)


async def _note(
    ctx: Context,
    was: Before,
    written: Sequence[Holding],
    gone: Collection[CardId],
    waiting: Collection[CardId],
) -> None:
    """Note how many Identifiers wait now."""
    n = 0
    if waiting:
        book = was.book.copied(ctx.head)
        for card in gone:
            book.take(card)
        for card, held in written:
            book.put(card, held, favourite=False)
        n = match_queue.count(book, waiting)
    if n != was.state.waiting:
        await matches.set_state(ctx.tx, replace(was.state, waiting=n))


async def waiting(ctx: Context) -> int:
    """How many Identifiers of the book wait for the budget."""
    state = await matches.state(ctx.tx)
    return state.waiting if state is not None else 0
