"""Refusals that need a state of the world: a full book, a key in use, a database that is gone or has no room."""

from pathlib import Path

import asyncpg
import pytest

from acting import make_house
from asking import Api, build, fresh, person
from contact_service.actions import block, desk, edge
from contact_service.actions.context import Context, House
from contact_service.actions.idempotency import KEPT
from contact_service.model.ids import OwnerId, UserId
from contact_service.storage import idempotency
from contact_service.storage.db import Db


async def test_a_contact_too_many_is_refused_with_the_limit(
    ann: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MAX_CARDS", 1)
    assert (await ann.post("/v1/contacts", person("A"))).status == 201
    told = await ann.post("/v1/contacts", person("B"))
    assert (told.status, told.slug, told.json["limit"]) == (422, "book-full", 1)


async def test_a_key_that_is_claimed_and_unanswered_is_in_flight(ann: Api, house: House) -> None:
    async def claim(ctx: Context) -> None:
        mac = ctx.key.mac(b"idem:k-1")
        assert await idempotency.begin(ctx.tx, mac, bytes(16), ctx.now, ctx.now - KEPT)

    await edge.write(house, OwnerId(ann.owner), "x", claim)
    told = await ann.post("/v1/contacts", person("A"), idempotency_key="k-1")
    assert (told.status, told.slug) == (409, "request-in-flight")
    assert told.headers["retry-after"] == str(told.json["retryAfter"])


async def test_a_database_without_room_is_unavailable(
    ann: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(ctx: Context, user: UserId) -> None:
        await ctx.tx.run("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$")

    monkeypatch.setattr(block, "add", full)
    told = await ann.put("/v1/blocks/bea")
    assert (told.status, told.slug) == (503, "unavailable")
    assert "retry-after" in told.headers


async def test_a_database_that_is_gone_is_told_as_such(postgres: str, folder: Path) -> None:
    host = Path(postgres.partition("host=")[2].partition("&")[0])
    for one in host.iterdir():
        (folder / one.name).symlink_to(one)
    con = await asyncpg.connect(postgres.replace("/contacts?", "/template1?"))
    await con.execute("CREATE DATABASE gone TEMPLATE contacts")
    db = await Db.open(postgres.replace("/contacts?", "/gone?").replace(str(host), str(folder)))
    ann = Api(build(make_house(db)), fresh("ann"))
    assert (await ann.get("/v1/contacts")).status == 200
    # As after a stop of the server: no connection is left, and none can be made.
    for link in folder.iterdir():
        link.unlink()
    await con.execute("DROP DATABASE gone WITH (FORCE)")
    await con.close()
    for told in (await ann.get("/v1/contacts"), await ann.put("/v1/blocks/bea")):
        assert (told.status, told.slug) == (503, "database-down")
        assert "retry-after" in told.headers
    await db.close()
