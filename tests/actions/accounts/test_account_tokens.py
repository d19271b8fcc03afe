"""Tokens are renewed by one at a time, and the new ones are kept before they are used, whatever the provider does."""

import asyncio

import pytest

from acting import Actor, make_house
from contact_emulators.knobs import Fault
from contact_emulators.oauth import TOKEN
from contact_service.actions import account_tokens, accounts
from contact_service.actions.account_tokens import Held, Tokens
from contact_service.actions.context import Context
from contact_service.integrations import outward
from contact_service.integrations.connector import Reauthorise, Transient
from contact_service.model.account import Account, State
from contact_service.storage import accounts as rows
from contact_service.storage.db import Db
from providing import World, linked, until


async def kept(ctx: Context, account: Account) -> Tokens | None:
    row = await rows.get(ctx.tx, account.id)
    assert row is not None
    if row.tokens is None:
        return None
    return account_tokens.open_(ctx.key, row.id, row.rev, row.tokens)


async def state(who: Actor, account: Account) -> State:
    found = await who.read(accounts.get, account.id)
    assert found is not None
    return found.state


def held(who: Actor, account: Account) -> Held:
    return Held(who.house, who.owner, account.id, account.provider)


async def test_many_who_find_a_token_stale_renew_it_once(
    ann: Actor, there: World, dsn: str
) -> None:
    """Microsoft rotates: a second renewal with the same token would end the grant."""
    account = await linked(ann, "microsoft")
    stale = await held(ann, account).token()
    other = await Db.open(dsn)
    try:
        beside = Actor(make_house(other, ann.house.settings), ann.owner)
        before = there.microsoft.asked(TOKEN)
        many = [held(who, account) for who in (ann, beside) for _ in range(4)]
        fresh = await asyncio.gather(*(one.fresh(stale) for one in many))
        assert len(set(fresh)) == 1
        assert fresh[0] != stale
        assert there.microsoft.asked(TOKEN) == before + 1
        tokens = await ann.read(kept, account)
        assert tokens is not None
        assert tokens.access == fresh[0]
        assert tokens.refresh == there.microsoft.authority.grants[0].refresh
        await beside.house.outward.close()
    finally:
        await other.close()


async def test_a_token_is_renewed_before_it_ends(ann: Actor, there: World) -> None:
    account = await linked(ann, "google")
    first = await held(ann, account).token()

    async def age(ctx: Context) -> None:
        tokens = await kept(ctx, account)
        assert tokens is not None
        old = Tokens(tokens.access, tokens.refresh, ctx.now.timestamp() + 30)
        row = await rows.get(ctx.tx, account.id)
        assert row is not None
        sealed = account_tokens.seal(ctx.key, account.id, row.rev, old)
        sql = "UPDATE accounts SET tokens = $3 WHERE owner_id = $1 AND account_id = $2"
        await ctx.tx.run(sql, ctx.owner, account.id, sealed)

    await ann(age)
    assert await held(ann, account).token() != first
    tokens = await ann.read(kept, account)
    # Google gives no other refresh token: the one there is goes on.
    assert tokens is not None
    assert tokens.refresh == there.google.authority.grants[0].refresh


async def test_a_revoked_grant_says_connect_again(ann: Actor, there: World) -> None:
    account = await linked(ann, "google")
    there.google.authority.withdraw()
    stale = await held(ann, account).token()
    for _ in range(2):
        with pytest.raises(Reauthorise):
            await held(ann, account).fresh(stale)
    assert await state(ann, account) is State.REAUTHORISE
    assert await ann.read(kept, account) is None
    with pytest.raises(Reauthorise):
        await held(ann, account).token()
    again = await linked(ann, "google")
    assert (again.id, again.state) == (account.id, State.CONNECTED)


async def test_a_lost_answer_is_asked_for_once_more(ann: Actor, there: World) -> None:
    """Where the old token still works, nothing is lost."""
    account = await linked(ann, "google")
    stale = await held(ann, account).token()
    there.google.knobs.set(Fault.CUT, TOKEN)
    assert await held(ann, account).fresh(stale) != stale


async def test_a_lost_answer_with_a_rotated_token_costs_a_new_consent(
    ann: Actor, there: World
) -> None:
    account = await linked(ann, "microsoft")
    stale = await held(ann, account).token()
    there.microsoft.knobs.set(Fault.CUT, TOKEN)
    before = there.microsoft.asked(TOKEN)
    with pytest.raises(Reauthorise):
        await held(ann, account).fresh(stale)
    assert there.microsoft.asked(TOKEN) == before + 2
    assert await state(ann, account) is State.REAUTHORISE


@pytest.mark.parametrize("fault", [Fault.AWAY, Fault.TOO_MANY], ids=["503", "429"])
async def test_a_provider_that_is_away_takes_nothing(
    ann: Actor, there: World, fault: Fault
) -> None:
    account = await linked(ann, "microsoft")
    stale = await held(ann, account).token()
    there.microsoft.knobs.set(fault, TOKEN, times=1)
    with pytest.raises(Transient):
        await held(ann, account).fresh(stale)
    assert await state(ann, account) is State.CONNECTED
    assert await held(ann, account).fresh(stale) != stale


async def test_a_wrong_client_secret_takes_nothing(ann: Actor, there: World) -> None:
    """The operator's mistake must not make every owner connect again."""
    account = await linked(ann, "google")
    stale = await held(ann, account).token()
    clients, there.google.authority.clients = there.google.authority.clients, {"client-1": "other"}
    with pytest.raises(Transient):
        await held(ann, account).fresh(stale)
    there.google.authority.clients = clients
    assert await held(ann, account).fresh(stale) != stale


async def test_who_is_cancelled_leaves_the_renewal_to_its_end(ann: Actor, there: World) -> None:
    account = await linked(ann, "microsoft")
    stale = await held(ann, account).token()
    there.microsoft.knobs.set(Fault.SLOW_BODY, TOKEN, value="0.3")
    before = there.microsoft.asked(TOKEN)
    task = asyncio.ensure_future(held(ann, account).fresh(stale))
    await until(lambda: there.microsoft.asked(TOKEN) > before)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fresh = await held(ann, account).fresh(stale)
    assert fresh != stale
    assert there.microsoft.asked(TOKEN) == before + 1


async def test_a_dead_worker_holds_a_renewal_up_no_longer_than_its_lease(
    ann: Actor, there: World
) -> None:
    account = await linked(ann, "microsoft")
    stale = await held(ann, account).token()

    async def die(ctx: Context) -> None:
        assert isinstance(await account_tokens._begin(ctx, account.id, stale), tuple)
        assert await account_tokens._begin(ctx, account.id, stale) == account_tokens.Wait()
        sql = "UPDATE accounts SET lease_until = now() - interval '1 s' WHERE owner_id = $1"
        await ctx.tx.run(sql, ctx.owner)

    await ann(die)
    assert await held(ann, account).fresh(stale) != stale


async def test_who_lost_the_lease_keeps_nothing(ann: Actor) -> None:
    account = await linked(ann, "microsoft")
    stale = await held(ann, account).token()

    async def late(ctx: Context) -> None:
        mine = await account_tokens._begin(ctx, account.id, stale)
        assert isinstance(mine, tuple)
        await ctx.tx.run("UPDATE accounts SET lease = NULL WHERE owner_id = $1", ctx.owner)
        granted = account_tokens.Granted("new", "newer", 3600, None, None)
        assert await account_tokens._keep(ctx, account.id, mine[0], granted) is None

    await ann(late)
    assert await held(ann, account).token() == stale


def test_the_lease_outlasts_what_it_covers() -> None:
    assert account_tokens.LEASE.total_seconds() > 2 * outward.TOTAL_S


def test_tokens_are_not_shown() -> None:
    assert "secret" not in repr(Tokens("secret", "secret too", 1.0))
