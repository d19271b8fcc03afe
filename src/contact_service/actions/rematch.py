"""The whole book against the directory: what is new there, or all of it where the book was never read like this before.

The directory's number is read before anything else, so nothing that comes meanwhile is skipped: it is above the number
that is noted.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from contact_service.actions import disclosure, holdings, match_queue, prints
from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers
from contact_service.actions.match_queue import Holding, Paid
from contact_service.matching import phones
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId, UserId
from contact_service.model.match import Candidate, Match
from contact_service.storage import match_queue as queued
from contact_service.storage import matches
from contact_service.storage.matches import State


def pairs(
    ctx: Context, cards: Iterable[Holding], found: Mapping[Identifier, Candidate]
) -> list[Match]:
    """The pairs that these cards make with whom their Identifiers met. One is never one's own match."""
    made = {
        (card, hit.user, hit.kind): Match(card, hit.user, hit.kind, hit.entry_id)
        for card, held in cards
        for one in held
        if (hit := found.get(one)) is not None and str(hit.user) != str(ctx.owner)
    }
    return list(made.values())


def reads(state: State, where: str | None) -> bool:
    """Whether the book is read now as it was when the state was noted."""
    return state.metadata == phones.METADATA_VERSION and state.dialled == where


async def again(ctx: Context, clock: int, state: State) -> None:
    """Match the book, read as before, against what came to the directory since; then whose turn it is in the queue."""
    book = await holdings.read(ctx, state.dialled)
    queue = await queued.of_owner(ctx.tx)
    paid = Paid(book, queue)
    bereft = await _forget_dead(ctx)
    came = {}
    if clock != state.through_seq:
        # A directory that was restored counts on from a lower number: all of it may be news.
        after = state.through_seq if clock > state.through_seq else 0
        came = await _since(ctx, paid.all(), after)
    waits = [(card, book.of(card)) for card in queue]
    covered = await match_queue.cover(ctx, waits, paid.has, book.favourites.__contains__)
    looked_up = [(card, book.of(card)) for card in covered.cards]
    # A card has one pair with a user, also where it holds two numbers of hers and but one of them went.
    looked_up += [(card, book.of(card)) for card in bereft if card not in queue]
    found = await disclosure.probe(ctx, _distinct(looked_up))
    standing = ((card, held) for card, held in book.by_card.items() if card not in queue)
    made = pairs(ctx, standing, came) if came else []
    await matches.add(ctx.tx, _unique([*made, *pairs(ctx, looked_up, found)]))
    await queued.drop_cards(ctx.tx, covered.cards)
    await match_queue.judged(ctx, covered.charged, found)
    await _note(ctx, replace(state, through_seq=clock), book, queue.keys() - covered.cards)


async def settle(ctx: Context, clock: int, state: State | None, now: State) -> State:
    """Match the book as it is read now: what was not paid as it was read before (`state`; None: nothing was) is new.

    `now`: the region named and the one read in. Returns the state that was noted.
    """
    queue = await queued.of_owner(ctx.tx)
    paid = await _carried(ctx, state, queue)
    book = await holdings.read(ctx, now.dialled)
    order = [card for card in queue if card in book.by_card]
    order += sorted(book.by_card.keys() - queue.keys())
    cards = [(card, book.of(card)) for card in order]
    favoured = book.favourites.__contains__
    covered = await match_queue.cover(ctx, cards, paid.__contains__, favoured)
    asked = [one for one in book.counts if one in paid or one in covered.charged]
    found = await disclosure.probe(ctx, asked)
    await matches.drop_pairs(ctx.tx)
    await matches.add(ctx.tx, pairs(ctx, cards, found))
    await queued.drop_all(ctx.tx)
    waiting = [card for card in order if card not in covered.cards]
    await match_queue.wait(ctx, waiting, 0, favoured)
    await match_queue.judged(ctx, covered.charged, found)
    return await _note(ctx, replace(now, through_seq=clock), book, set(waiting))


async def _carried(
    ctx: Context, state: State | None, queue: Mapping[CardId, int]
) -> Collection[Identifier]:
    """What was paid of the book as it was read before."""
    if state is None:
        return frozenset()
    book = await holdings.read(ctx, state.dialled)
    unpaid = set(queue)
    if state.metadata != phones.METADATA_VERSION:
        unpaid |= prints.unlike(ctx, state.prints, book, queue)
    return frozenset(Paid(book, unpaid).all())


async def _since(ctx: Context, paid: list[Identifier], after: int) -> dict[Identifier, Candidate]:
    """Which of these meet an entry numbered after `after`: by looking through what is new, where that is less."""
    entries = await disclosure.new_entries(ctx, after, len(paid))
    if entries is None:
        return await disclosure.probe(ctx, paid, after)
    by_tag = dict(zip(await disclosure.tags(ctx, paid), paid, strict=True)) if entries else {}
    return {by_tag[tag]: hit for tag, hit in entries if tag in by_tag}


async def _forget_dead(ctx: Context) -> set[CardId]:
    """Drop the pairs whose binding is gone: a number that moved on, a user who left. The cards that had one."""
    standing = await matches.of_owner(ctx.tx)
    users = list(dict.fromkeys(p.user for p in standing))
    # Filled up: a pair that the gate hides costs what one that is not there costs.
    users += [UserId(str(n)) for n in range(disclosure.PAIRS - len(users) % disclosure.PAIRS)]
    live = await disclosure.live(ctx, users)
    dead = [p for p in standing if (p.entry_id, p.user) not in live]
    await matches.drop_entries(ctx.tx, [p.entry_id for p in dead])
    return {p.card for p in dead}


async def _note(
    ctx: Context, state: State, book: KeptIdentifiers, waiting: Collection[CardId]
) -> State:
    noted = replace(
        state,
        book_version=ctx.head.version,
        metadata=phones.METADATA_VERSION,
        matched_at=ctx.now,
        prints=prints.sealed(ctx, book, waiting),
        waiting=match_queue.count(book, waiting),
    )
    await matches.set_state(ctx.tx, noted)
    beat(ctx, noted)
    return noted


def beat(ctx: Context, state: State) -> None:
    """Let this process remember how far the owner is matched. A hint: the transaction may yet fail."""
    ctx.house.pulse.note(ctx.owner, state.through_seq, waits=bool(state.waiting))


def _distinct(cards: Iterable[Holding]) -> list[Identifier]:
    return list(dict.fromkeys(one for _, held in cards for one in held))


def _unique(found: Iterable[Match]) -> list[Match]:
    return list({(one.card, one.user, one.kind): one for one in found}.values())
