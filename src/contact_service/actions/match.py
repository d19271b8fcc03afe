"""Which of the owner's contacts are users: by pull, at each write (match_writes.py) and on demand. Pairs of registered
users are kept, a miss leaves nothing (discovery.md, Pull matching). What may be shown the gate decides at each read.
"""

from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from contact_service.actions import budget, disclosure, rematch
from contact_service.actions.context import Context
from contact_service.matching import phones
from contact_service.matching.phones import PhoneNumber
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import CardId, UserId
from contact_service.model.match import Candidate, Disclosed, Match
from contact_service.model.owner import State as OwnerState
from contact_service.storage import matches, registrations
from contact_service.storage.matches import State

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""No whole re-match yet: the next GET may start one at once."""


class Found(msgspec.Struct, frozen=True):
    """A contact of the owner's that is a user, as far as the owner may know."""

    card: CardId
    disclosed: Disclosed


async def region(ctx: Context, asked: str | None = None) -> str | None:
    """Where the owner's national numbers are dialled: what the request names, the last upload named, the owner's own
    registered number, the setting; else None (ISO 3166-1). What a book was matched in holds until the next re-match.
    """
    return await dialled(ctx, await matches.state(ctx.tx), asked)


async def dialled(ctx: Context, state: State | None, asked: str | None = None) -> str | None:
    """As `region`, where the state of the book's matches is read already."""
    if asked:
        return asked
    if state is None:
        return await _own(ctx)
    return state.region or state.dialled


async def _own(ctx: Context) -> str | None:
    own = UserId(ctx.owner)
    row = (await registrations.get_many(ctx.tx, [own])).get(own)
    if row is not None:
        known = msgspec.json.decode(
            ctx.key.open("dir", own.encode(), 0, row.sealed), type=disclosure.Registration
        )
        for one in known.identifiers:
            number = phones.normalise(one.removeprefix("tel:"), None)
            if isinstance(number, PhoneNumber) and number.region:
                return number.region
    return ctx.house.settings.default_region


async def due(ctx: Context) -> bool:
    """Whether the book should be matched again: the directory has moved on, or the budget has for what waits for it;
    and the last time is long enough ago, or the book is another.
    """
    return await _is_due(ctx, await disclosure.clock(ctx), await matches.state(ctx.tx))


async def _is_due(ctx: Context, clock: int, state: State | None) -> bool:
    ctx.house.pulse.seen(clock)
    if state is not None:
        rematch.beat(ctx, state)
    return await _due(ctx, clock, state)


async def refresh(ctx: Context) -> None:
    """Match the whole book against what was registered since the last time, forget pairs whose binding is gone, and
    match what waited for the budget, as far as that goes now. Nothing happens unless it is `due`.
    """
    clock = await disclosure.clock(ctx)
    state = await matches.state(ctx.tx)
    if not await _due(ctx, clock, state):
        return
    named = state.region if state is not None else None
    where = named or await _own(ctx)
    if state is not None and rematch.reads(state, where):
        await rematch.again(ctx, clock, state)
    else:
        await rematch.settle(ctx, clock, state, fresh(ctx, state, where))


def fresh(ctx: Context, state: State | None, where: str | None) -> State:
    """The state of a book that is read in `where` from now on, matched with nothing yet."""
    named = state.region if state is not None else None
    return State(0, ctx.head.version, phones.METADATA_VERSION, named, NEVER, where)


async def _due(ctx: Context, clock: int, state: State | None) -> bool:
    if (
        not consent.given(ctx.head.consents, Purpose.MATCH)
        or ctx.head.state is not OwnerState.ACTIVE
    ):
        return False
    if state is None:
        return bool(ctx.head.live_cards)
    if state.metadata != phones.METADATA_VERSION:
        return True
    interval = timedelta(seconds=ctx.house.settings.rematch_interval_s)
    if ctx.head.version == state.book_version and ctx.now - state.matched_at < interval:
        return False
    if state.through_seq != clock:
        return True
    return state.waiting > 0 and (await budget.left(ctx)).left > 0


async def stored(ctx: Context, cards: Container[CardId] | None = None) -> list[Found]:
    """The owner's contacts that are users and may be shown as such now; one line a contact and user."""
    disclosure.require_viewer(ctx)
    pairs = await matches.of_owner(ctx.tx)
    if cards is not None:
        pairs = [pair for pair in pairs if pair.card in cards]
    return await shown(ctx, pairs)


async def current(ctx: Context) -> list[Found] | None:
    """As `stored`, in the one transaction that looks whether that is up to date; None: `refresh` first."""
    disclosure.require_viewer(ctx)
    state, pairs = await matches.standing(ctx.tx)
    clock, disclosed = await disclosure.disclose_at(ctx, map(_candidate, pairs))
    return None if await _is_due(ctx, clock, state) else _found(pairs, disclosed)


async def shown(ctx: Context, pairs: list[Match]) -> list[Found]:
    """Those of the pairs that pass the gate."""
    return _found(pairs, await disclosure.disclose(ctx, map(_candidate, pairs)))


def _candidate(pair: Match) -> Candidate:
    return Candidate(pair.user, pair.kind, pair.entry_id)


def _found(pairs: list[Match], disclosed: Mapping[Candidate, Disclosed]) -> list[Found]:
    found: dict[tuple[CardId, UserId], Found] = {}
    for pair in pairs:
        hit = disclosed.get(_candidate(pair))
        if hit is not None:
            found.setdefault((pair.card, pair.user), Found(pair.card, hit))
    return list(found.values())
