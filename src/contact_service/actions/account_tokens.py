"""An account's tokens: sealed, and renewed by one at a time, however many workers find them stale.

Each renewal is taken for one that rotates (RFC 9700 4.14): the new token is committed before it is used, and losing one
costs the owner a new consent. So who renews holds a lease, not a lock: the provider may take half a minute, and no
row of an owner is held that long (docs/decisions/0028).
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from contact_service.actions import edge
from contact_service.actions.context import Context, House
from contact_service.integrations import oauth
from contact_service.integrations.connector import Reauthorise, Transient
from contact_service.integrations.oauth import Granted, GrantGone, OAuthAway
from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.storage import accounts
from contact_service.vault.sealing import DataKey

LEASE = timedelta(seconds=75)
"""Longer than two calls at their bound: who holds it has an answer, or is dead."""
WHO = "accounts"
_KIND = "tok"
_EARLY_S = 60.0
_LOOK_S = 0.2


class Tokens(msgspec.Struct, frozen=True, array_like=True):
    """What a provider gave; `expires_at`: Unix seconds, None where it does not say."""

    access: str
    refresh: str | None
    expires_at: float | None

    def __repr__(self) -> str:
        return "Tokens()"


class Mine(msgspec.Struct, frozen=True):
    """The lease is mine: renew these."""

    holder: UUID
    tokens: Tokens
    rev: int


class Wait(msgspec.Struct, frozen=True):
    """Another renews at this moment."""


def of(granted: Granted, now: float, former: str | None = None) -> Tokens:
    """Tokens as they were granted; where no refresh token came, the former one goes on (RFC 6749 6)."""
    ends = now + granted.lives_s if granted.lives_s is not None else None
    return Tokens(granted.access, granted.refresh or former, ends)


def seal(key: DataKey, account: UUID, rev: int, tokens: Tokens) -> bytes:
    """Sealed in their place: another account or number does not open them."""
    return key.seal(_KIND, account.bytes, rev, msgspec.msgpack.encode(tokens))


def open_(key: DataKey, account: UUID, rev: int, sealed: bytes) -> Tokens:
    """Raises IntegrityBroken (500)."""
    return msgspec.msgpack.decode(key.open(_KIND, account.bytes, rev, sealed), type=Tokens)


class Held:
    """The Grant (integrations/fetching.py) of an account: its tokens as one pull uses them."""

    def __init__(self, house: House, owner: OwnerId, account: UUID, provider: str) -> None:
        self._house = house
        self._owner = owner
        self._account = account
        self._provider = provider
        self._tokens: Tokens | None = None

    async def token(self) -> str:
        """An access token with a minute to live. Raises Reauthorise, Transient."""
        if self._tokens is None:
            self._tokens = await edge.read(self._house, self._owner, WHO, _standing, self._account)
        held = self._tokens
        if held.expires_at is not None and held.refresh is not None:
            now = await edge.read(self._house, self._owner, WHO, _clock)
            if now > held.expires_at - _EARLY_S:
                return await self.fresh(held.access)
        return held.access

    async def fresh(self, stale: str) -> str:
        """Another token than `stale`. Raises Reauthorise, Transient.

        Who cancels this does not cut the renewal: its answer would be lost with a token that works no more.
        """
        self._tokens = await _to_its_end(renewed(self._house, self._owner, self._account, stale))
        return self._tokens.access


async def renewed(house: House, owner: OwnerId, account: UUID, stale: str) -> Tokens:
    """Tokens other than `stale`: renewed here, or by who was first. Raises Reauthorise, Transient."""
    for _ in range(int(LEASE.total_seconds() / _LOOK_S)):
        found = await edge.write(house, owner, WHO, _begin, account, stale)
        if isinstance(found, Tokens):
            return found
        if isinstance(found, tuple):
            return await _renew(house, owner, account, *found)
        if found is None:
            raise Reauthorise
        await asyncio.sleep(_LOOK_S)
    raise Transient


async def _renew(house: House, owner: OwnerId, account: UUID, mine: Mine, provider: str) -> Tokens:
    counted = house.metrics.count
    try:
        granted = await _asked(house, provider, mine.tokens.refresh or "")
    except GrantGone:
        counted("contacts_provider_refreshes_total", provider=provider, outcome="lost").add()
        await edge.write(house, owner, WHO, _lose, account, mine.holder)
        raise Reauthorise from None
    except OAuthAway:
        counted("contacts_provider_refreshes_total", provider=provider, outcome="away").add()
        await edge.write(house, owner, WHO, _release, account, mine.holder)
        raise Transient from None
    counted("contacts_provider_refreshes_total", provider=provider, outcome="done").add()
    kept = await edge.write(house, owner, WHO, _keep, account, mine, granted)
    if kept is None:
        raise Reauthorise
    return kept


async def _asked(house: House, provider: str, refresh: str) -> Granted:
    """Of an answer that was lost the provider may have made the old token worthless, or not: it is tried once more."""
    app = house.settings.providers[provider]
    try:
        return await oauth.refresh(house.outward, provider, app, refresh)
    except OAuthAway as away:
        if not away.lost:
            raise
    return await oauth.refresh(house.outward, provider, app, refresh)


async def _standing(ctx: Context, account: UUID) -> Tokens:
    row = await accounts.get(ctx.tx, account)
    if row is None or row.state is not State.CONNECTED or row.tokens is None:
        raise Reauthorise
    return open_(ctx.key, account, row.rev, row.tokens)


async def _clock(ctx: Context) -> float:
    return ctx.now.timestamp()


async def _begin(
    ctx: Context, account: UUID, stale: str
) -> Tokens | tuple[Mine, str] | Wait | None:
    """Tokens that are others already, the lease and the provider, that another has it, or None: there is no grant."""
    row = await accounts.get(ctx.tx, account)
    if row is None or row.state is not State.CONNECTED or row.tokens is None:
        return None
    tokens = open_(ctx.key, account, row.rev, row.tokens)
    if tokens.access != stale:
        return tokens
    if tokens.refresh is None:
        await accounts.mark(ctx.tx, account, State.REAUTHORISE)
        return None
    holder = ctx.new_id()
    if not await accounts.lease(ctx.tx, account, row.rev, holder, LEASE):
        return Wait()
    return Mine(holder, tokens, row.rev), row.provider


async def _keep(ctx: Context, account: UUID, mine: Mine, granted: Granted) -> Tokens | None:
    tokens = of(granted, ctx.now.timestamp(), mine.tokens.refresh)
    rev = mine.rev + 1
    sealed = seal(ctx.key, account, rev, tokens)
    return tokens if await accounts.renew(ctx.tx, account, mine.holder, sealed, rev) else None


async def _lose(ctx: Context, account: UUID, holder: UUID) -> None:
    await accounts.lost(ctx.tx, account, holder)
    await ctx.note("account.lost", object_kind="account", object_id=str(account))


async def _release(ctx: Context, account: UUID, holder: UUID) -> None:
    await accounts.release(ctx.tx, account, holder)


async def _to_its_end(work: Coroutine[Any, Any, Tokens]) -> Tokens:
    """Await it; cancelled, leave it to its end in the background."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(task)
