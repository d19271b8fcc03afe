"""Linked accounts as runs read them: the way to the provider within all limits, cursors, and what refuses before it."""

import asyncio
import contextlib
import uuid

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from acting import Actor, make_house
from contact_emulators.knobs import Fault
from contact_service.actions import accounts, throttle
from contact_service.actions.context import Context, House
from contact_service.integrations.connector import (
    Connector,
    Limit,
    Manifest,
    MissingScope,
    Pull,
    RateLimited,
    Reauthorise,
)
from contact_service.integrations.fetching import Fetching, Ports
from contact_service.integrations.outward import Outward
from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Upsert
from contact_service.model.problem import ConsentRequired
from contact_service.storage.db import Db
from emulating import serving
from providing import World, linked


async def pulled(connector: Connector, pull: Pull) -> int:
    pages = [page async for page in connector.pull(pull, None)]
    assert pages[-1].checkpoint is not None
    return sum(isinstance(change, Upsert) for page in pages for change in page.changes)


@pytest.mark.parametrize("provider", ["google", "microsoft"])
async def test_a_linked_account_is_read(ann: Actor, there: World, provider: str) -> None:
    there.emulators[provider].fill(30, seed=1)
    account = await linked(ann, provider, options={"photos": False})
    connector, pull = await accounts.puller(ann.house, ann.owner, account.id)
    assert pull.options == {"photos": False}
    assert await pulled(connector, pull) == 30
    found = await ann.read(accounts.get, account.id)
    assert found is not None
    assert found.next_due is not None


async def test_a_token_that_ends_in_the_middle_is_renewed(ann: Actor, there: World) -> None:
    there.microsoft.fill(30, seed=1)
    account = await linked(ann, "microsoft")
    there.microsoft.knobs.set(Fault.UNAUTHORISED, nth=2)
    connector, pull = await accounts.puller(ann.house, ann.owner, account.id)
    assert await pulled(connector, pull) == 30


async def test_what_is_not_granted_is_told_before_anything_is_asked(
    ann: Actor, there: World
) -> None:
    account = await linked(ann, "google")

    async def narrow(ctx: Context) -> None:
        await ctx.tx.run("UPDATE accounts SET scope = 'openid' WHERE owner_id = $1", ctx.owner)

    await ann(narrow)
    asked = len(there.google.seen)
    with pytest.raises(MissingScope):
        await accounts.puller(ann.house, ann.owner, account.id)
    assert len(there.google.seen) == asked


async def test_without_an_account_or_a_grant_there_is_nothing_to_read(ann: Actor) -> None:
    account = await linked(ann, "google")
    with pytest.raises(Reauthorise):
        await accounts.puller(ann.house, ann.owner, uuid.uuid4())
    with pytest.raises(Reauthorise):
        await accounts.puller(ann.house, OwnerId(f"not-{ann.owner}"), account.id)
    await ann(accounts.mark, account.id, State.REAUTHORISE)
    with pytest.raises(Reauthorise):
        await accounts.puller(ann.house, ann.owner, account.id)


async def test_without_the_consent_nothing_is_read(ann: Actor) -> None:
    account = await linked(ann, "google")

    async def forget(ctx: Context) -> None:
        await ctx.tx.run("UPDATE owners SET consents = 0 WHERE owner_id = $1", ctx.owner)

    await ann(forget)
    with pytest.raises(ConsentRequired):
        await accounts.puller(ann.house, ann.owner, account.id)


async def test_a_cursor_is_kept_sealed_and_a_checkpoint_until_the_next(ann: Actor) -> None:
    account = (await linked(ann, "google")).id
    assert await ann.read(accounts.cursor, account) is None
    await ann(accounts.put_cursor, account, b"page-two", None)
    assert await ann.read(accounts.cursor, account) == b"page-two"
    await ann(accounts.put_cursor, account, None, b"delta-one")
    assert await ann.read(accounts.cursor, account) == b"delta-one"
    await ann(accounts.put_cursor, account, b"page-three", None)
    await ann(accounts.put_cursor, account, None, None)
    assert await ann.read(accounts.cursor, account) == b"delta-one"

    async def rest(ctx: Context) -> bytes:
        sql = "SELECT checkpoint FROM accounts WHERE owner_id = $1"
        return bytes(await ctx.tx.value(sql, ctx.owner))

    assert b"delta-one" not in await ann.read(rest)
    await ann(accounts.drop_cursor, account)
    assert await ann.read(accounts.cursor, account) is None


async def test_four_workers_never_ask_more_than_the_manifest_allows(dsn: str) -> None:
    asked = 0

    async def count(_: Request) -> PlainTextResponse:
        nonlocal asked
        asked += 1
        return PlainTextResponse("")

    manifest = Manifest("google", (), (), (Limit(30, 3600, "app"), Limit(9, 3600, "account")), 4)
    client, owners = uuid.uuid4().hex, [uuid.uuid4() for _ in range(5)]

    async def work(house: House, way: Outward, account: uuid.UUID) -> None:
        gate = throttle.Shared(house, manifest, client, account)
        fetch = Fetching(manifest, url, Ports(way, Always(), gate, Always()))
        with contextlib.suppress(RateLimited):
            while True:
                await fetch(url + "/")

    with serving(Starlette(routes=[Route("/", count)])) as url:
        pools = [await Db.open(dsn, read_pool=1, write_pool=2) for _ in range(4)]
        ways = [Outward() for _ in pools]
        houses = [make_house(db) for db in pools]
        await asyncio.gather(
            *(
                work(house, way, one)
                for house, way in zip(houses, ways, strict=True)
                for one in owners
            )
        )
        for way, db in zip(ways, pools, strict=True):
            await way.close()
            await db.close()
    assert asked == 30


class Always:
    """A grant that never ends, and a purse that is never asked."""

    async def token(self) -> str:
        return "token"

    async def fresh(self, stale: str) -> str:
        return stale

    async def reserve(self, records: int) -> object:
        raise AssertionError

    async def settle(self, reserved: object, records: int) -> None:
        raise AssertionError
