"""Which of the owner's contacts are users: by pull, at each write and on demand. Pairs of registered users are kept,
a miss leaves nothing (discovery.md, Pull matching). What may be shown is decided at each read by the gate.
"""

from collections.abc import Container
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from contact_service.actions import disclosure, view
from contact_service.actions.context import Context
from contact_service.formats import jscontact
from contact_service.matching import identifiers, phones
from contact_service.matching.phones import PhoneNumber
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId, UserId
from contact_service.model.match import Candidate, Disclosed, Match
from contact_service.model.owner import State
from contact_service.storage import matches, registrations
from contact_service.storage.matches import State as MatchState

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""No whole re-match yet: the next GET may start one at once."""


class Found(msgspec.Struct, frozen=True):
    """A contact of the owner's that is a user, as far as the owner may know."""

    card: CardId
    disclosed: Disclosed


async def region(ctx: Context, asked: str | None = None) -> str | None:
    """Where the owner's national numbers are dialled: what the request names, the last upload named, the owner's own
    registered number, the setting; else None (ISO 3166-1).
    """
    if asked:
        return asked
    state = await matches.state(ctx.tx)
    if state is not None and state.region is not None:
        return state.region
    own = UserId(ctx.owner)
    row = (await registrations.get_many(ctx.tx, [own])).get(own)
    if row is not None:
        known = msgspec.json.decode(
            ctx.key.open("dir", own.encode(), 0, row.sealed), type=disclosure.Registration
        )
        for identifier in known.identifiers:
            number = phones.normalise(identifier.removeprefix("tel:"), None)
            if isinstance(number, PhoneNumber) and number.region:
                return number.region
    return ctx.house.settings.default_region


async def relate(
    ctx: Context, cards: list[tuple[CardId, tuple[Identifier, ...]]], *, new: bool
) -> list[Match]:
    """Match these cards' identifiers and keep the pairs, in the transaction that writes the cards. Nothing happens
    without the consent `match`. `new`: the cards had no pairs before.
    """
    if not consent.given(ctx.head.consents, Purpose.MATCH):
        return []
    if not new:
        await matches.drop_cards(ctx.tx, [card for card, _ in cards])
    return await _probe(ctx, cards, after=0)


async def _probe(
    ctx: Context, cards: list[tuple[CardId, tuple[Identifier, ...]]], after: int
) -> list[Match]:
    distinct = list(dict.fromkeys(i for _, held in cards for i in held))
    hits = await disclosure.probe(ctx, distinct, after)
    if not hits:
        return []
    pairs = {
        (card, hit.user, hit.kind): Match(card, hit.user, hit.kind, hit.entry_id)
        for card, held in cards
        for i in held
        if (hit := hits.get(i)) is not None and str(hit.user) != str(ctx.owner)
    }
    found = list(pairs.values())
    if found:
        await matches.add(ctx.tx, found)
    return found


async def before(ctx: Context) -> int:
    """Bring the book up to date before a story writes to it. Returns the directory's number that `after` needs."""
    if not consent.given(ctx.head.consents, Purpose.MATCH):
        return 0
    clock = await disclosure.clock(ctx)
    if ctx.head.live_cards:
        await refresh(ctx)
    return clock


async def after(ctx: Context, clock: int, asked: str | None) -> None:
    """Note how far the book is matched after an upload, and the region it named for later re-matches."""
    state = await matches.state(ctx.tx)
    if state is None and not consent.given(ctx.head.consents, Purpose.MATCH):
        return
    if state is None:
        # The first upload into an empty book has matched all of it; into a book that stood, only a part.
        through, metadata = (0, "") if ctx.head.live_cards else (clock, phones.METADATA_VERSION)
        state = MatchState(through, ctx.head.version, metadata, None, NEVER)
    if asked or state.matched_at == NEVER:
        await matches.set_state(
            ctx.tx, msgspec.structs.replace(state, region=asked or state.region)
        )


async def due(ctx: Context) -> bool:
    """Whether the book should be matched again: the directory has moved on, and the last time is long enough ago."""
    if not consent.given(ctx.head.consents, Purpose.MATCH) or ctx.head.state is not State.ACTIVE:
        return False
    state = await matches.state(ctx.tx)
    if state is None or state.metadata != phones.METADATA_VERSION:
        return True
    if state.through_seq >= await disclosure.clock(ctx):
        return False
    return ctx.now - state.matched_at >= timedelta(seconds=ctx.house.settings.rematch_interval_s)


async def refresh(ctx: Context) -> None:
    """Match the whole book against what was registered since the last time, and forget pairs whose binding is gone."""
    if not await due(ctx):
        return
    clock = await disclosure.clock(ctx)
    state = await matches.state(ctx.tx)
    stale = state is None or state.metadata != phones.METADATA_VERSION
    where = await region(ctx)
    book = await view.book(ctx.house, ctx.head)
    memo = phones.Memo()
    held = [
        (CardId(UUID(card.id)), identifiers.of(jscontact.fields(card.body), where, memo))
        for card in book.cards
    ]
    await _probe(ctx, held, after=0 if stale or state is None else state.through_seq)
    await forget_dead(ctx)
    await matches.set_state(
        ctx.tx,
        MatchState(
            clock,
            ctx.head.version,
            phones.METADATA_VERSION,
            state.region if state else None,
            ctx.now,
        ),
    )


async def forget_dead(ctx: Context) -> None:
    """Drop the pairs whose directory binding is gone: a number that moved on, a user who left."""
    pairs = await matches.of_owner(ctx.tx)
    live = await disclosure.live(ctx, list(dict.fromkeys(p.user for p in pairs)))
    dead = [p.entry_id for p in pairs if (p.entry_id, p.user) not in live]
    if dead:
        await matches.drop_entries(ctx.tx, dead)


async def stored(ctx: Context, cards: Container[CardId] | None = None) -> list[Found]:
    """The owner's contacts that are users and may be shown as such now; one line a contact and user."""
    consent.require(ctx.head.consents, Purpose.MATCH)
    pairs = await matches.of_owner(ctx.tx)
    if cards is not None:
        pairs = [pair for pair in pairs if pair.card in cards]
    return await shown(ctx, pairs)


async def shown(ctx: Context, pairs: list[Match]) -> list[Found]:
    """Those of the pairs that pass the gate."""
    disclosed = await disclosure.disclose(
        ctx, (Candidate(p.user, p.kind, p.entry_id) for p in pairs)
    )
    found: dict[tuple[CardId, UserId], Found] = {}
    for pair in pairs:
        hit = disclosed.get(Candidate(pair.user, pair.kind, pair.entry_id))
        if hit is not None:
            found.setdefault((pair.card, pair.user), Found(pair.card, hit))
    return list(found.values())
