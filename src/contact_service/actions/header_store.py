"""Reading a Header Store by URL into our directory, page by page, through the registration that a push takes too.

Each page is one transaction with the token that follows it; it is fetched outside. Profiles are kept where they are
needed: sealed in the directory, from where the gate shows them, so nothing waits for the store. What is down or lying
changes nothing: the directory stands, and how old it is, is told. Absence removes only whom a full read met before,
only after an unbroken full read, and never most of them at once: that waits for the operator.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from contact_service.actions import directory, edge
from contact_service.actions.context import Context, House
from contact_service.actions.directory import User
from contact_service.integrations.header_store import (
    HeaderUser,
    HttpHeaderStore,
    Page,
    TokenExpired,
)
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.matching import identifiers
from contact_service.model import ids
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import InvalidId
from contact_service.storage import headers as storage
from contact_service.storage.headers import Phase, State

ACTOR = OwnerId("contacts.header-store")
"""Under whose name the audit keeps what is read."""
WHO = "header-store"
SWEPT_AT_ONCE = 100
FEW, SHARE_PERCENT = 20, 50
"""More removals by absence than both are held."""


_BEGINNINGS = 1
"""A store that forgets the tokens it has just given is not read over and over."""


class Next(Enum):
    """What follows a step: another one, all from the start, nothing more to be read, or the operator."""

    MORE = "more"
    AGAIN = "again"
    DONE = "done"
    HELD = "held"


_GOING = frozenset({Next.MORE, Next.AGAIN})


async def begin(house: House, now: datetime) -> bool:
    """Whether it is time to read; then it is noted that it is read now, by this worker."""
    poll = timedelta(seconds=house.settings.neighbours.header_store_poll_s)
    # A job of a minute begins a little early or late.
    idle = now - poll + timedelta(seconds=10)
    return await house.db.sharing(lambda tx: storage.begin(tx, now, idle))


async def read(house: House, steps: int, stopped: Callable[[], bool] = lambda: False) -> Next:
    """Up to `steps` steps, each a transaction, or until `stopped`. Raises NeighbourAway: what was read stays."""
    reached, begun = Next.MORE, 0
    while reached in _GOING and steps > 0 and not stopped():
        reached = await step(house)
        steps -= 1
        begun += reached is Next.AGAIN
        if begun > _BEGINNINGS:
            raise NeighbourAway("wrong-schema")
    return Next.MORE if reached is Next.AGAIN else reached


async def step(house: House) -> Next:
    """One page, or one part of what an unbroken full read did not meet. Raises NeighbourAway."""
    store = house.neighbours.header_store
    assert store is not None, "asked only where one is named"
    seen = await house.db.reading(ACTOR, storage.state)
    if seen.origin != _origin(house):
        return await edge.write(house, ACTOR, WHO, _restart, seen)
    if seen.phase is Phase.SWEEP:
        return await edge.write(house, ACTOR, WHO, _sweep, seen)
    try:
        page = await store.changes(seen.token)
    except TokenExpired:
        if seen.token is None:
            raise NeighbourAway("wrong-schema") from None
        return await edge.write(house, ACTOR, WHO, _restart, seen)
    users = _users(house, page.changed)
    if page.more and page.token == seen.token:
        raise NeighbourAway("wrong-schema")
    return await edge.write(house, ACTOR, WHO, _apply, seen, page, users)


async def refresh(house: House, wanted: Sequence[UserId]) -> int:
    """Read these users (at most 500) now; how many the store knows. Raises NeighbourAway."""
    store = house.neighbours.header_store
    assert store is not None, "asked only where one is named"
    found = await _asked(store, wanted)
    await edge.write(house, ACTOR, WHO, _put, _users(house, found))
    return len(found)


async def confirm(house: House) -> bool:
    """Let go of those whom the last full read did not meet, which was held; False when nothing is."""

    async def story(ctx: Context) -> bool:
        now = await storage.state(ctx.tx, lock=True)
        if now.phase is not Phase.HELD:
            return False
        await storage.put_state(ctx.tx, msgspec.structs.replace(now, phase=Phase.SWEEP))
        await ctx.note("header-store.confirmed")
        return True

    return await edge.write(house, ACTOR, WHO, story)


async def _asked(store: HttpHeaderStore, wanted: Sequence[UserId]) -> list[HeaderUser]:
    if len(wanted) > 1:
        return await store.batch(wanted)
    found = [await store.user(user) for user in wanted]
    return [each for each in found if each is not None]


def _users(house: House, told: Sequence[HeaderUser]) -> list[User]:
    """As the directory takes them. An identifier that is none is left out and counted: one must not cost the others.

    Raises NeighbourAway for an id that nobody can have.
    """
    count = house.metrics.count("contacts_header_store_total", outcome="unreadable-identifiers")
    made = []
    for each in told:
        found = [identifiers.parse(text) for text in each.identifiers]
        count.add(found.count(None))
        made.append(
            User(
                _id(each.user_id),
                tuple(dict.fromkeys(i for i in found if i is not None)),
                each.profile.display_name,
                each.profile.photo_url,
                each.discoverable,
                each.class_,
                each.status,
                each.version,
                each.suggestible,
            )
        )
    return made


def _id(text: str) -> UserId:
    try:
        return ids.user_id(text)
    except InvalidId:
        raise NeighbourAway("wrong-schema") from None


async def _restart(ctx: Context, seen: State) -> Next:
    """From the start again: the store forgot, or is another one."""
    if await storage.state(ctx.tx, lock=True) == seen:
        fresh = seen.fresh_at if seen.origin == _origin(ctx.house) else None
        await storage.put_state(
            ctx.tx,
            State(_origin(ctx.house), None, Phase.FULL, seen.reading + 1, fresh, seen.tried_at),
        )
    return Next.AGAIN


async def _apply(ctx: Context, seen: State, page: Page, users: list[User]) -> Next:
    now = await storage.state(ctx.tx, lock=True)
    if (now.token, now.phase, now.reading) != (seen.token, seen.phase, seen.reading):
        return Next.DONE  # another worker is at it
    await _put(ctx, users, now.reading)
    removed = 0
    for each in page.removed:
        removed += await directory.remove_at(ctx, _id(each.user_id), each.version)
    _count(ctx.house, "removed", removed)
    reached, phase = Next.MORE, now.phase
    if not page.more:
        reached, phase = await _ended(ctx, now)
    fresh = ctx.now if reached is Next.DONE else now.fresh_at
    await storage.put_state(
        ctx.tx,
        msgspec.structs.replace(now, token=page.token, phase=phase, fresh_at=fresh),
    )
    return reached


async def _put(ctx: Context, users: list[User], reading: int = 0) -> None:
    if users:
        ignored = await directory.put(ctx, users, reading=reading)
        _count(ctx.house, "ignored", len(ignored))
        _count(ctx.house, "changed", len({user.user for user in users} - ignored))


async def _ended(ctx: Context, now: State) -> tuple[Next, Phase]:
    """All there was has been read: what of those whom a full read did not meet."""
    if now.phase is Phase.HELD:
        return Next.HELD, Phase.HELD
    if now.phase is Phase.CHANGES:
        return Next.DONE, Phase.CHANGES
    unmet, known = await storage.met(ctx.tx, now.reading)
    if unmet > FEW and unmet * 100 > known * SHARE_PERCENT:
        await ctx.note("header-store.held", n=unmet)
        return Next.HELD, Phase.HELD
    return (Next.MORE, Phase.SWEEP) if unmet else (Next.DONE, Phase.CHANGES)


async def _sweep(ctx: Context, seen: State) -> Next:
    now = await storage.state(ctx.tx, lock=True)
    if now.phase is not Phase.SWEEP or now.reading != seen.reading:
        return Next.MORE
    unmet = await storage.unmet(ctx.tx, now.reading, SWEPT_AT_ONCE)
    for each in unmet:
        await directory.remove(ctx, each.user, each.told)
    _count(ctx.house, "removed", len(unmet))
    if len(unmet) == SWEPT_AT_ONCE:
        return Next.MORE
    await storage.put_state(
        ctx.tx, msgspec.structs.replace(now, phase=Phase.CHANGES, fresh_at=ctx.now)
    )
    return Next.DONE


def _origin(house: House) -> bytes:
    url = house.settings.neighbours.header_store_url or ""
    return hashlib.sha256(url.encode()).digest()[:16]


def _count(house: House, outcome: str, n: int) -> None:
    house.metrics.count("contacts_header_store_total", outcome=outcome).add(n)
