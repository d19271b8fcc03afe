"""Accounts in the web app: one click through a whole import at an emulated provider, and back out again."""

import html
import re
from collections.abc import AsyncIterator

import pytest

from asking import call
from contact_service.storage.db import Db
from endpoints.web.test_devices import Visit
from providing import OURS, World, visit, world


@pytest.fixture
async def there(db: Db) -> AsyncIterator[World]:
    async with world(db, CONTACT_PUBLIC_URL=OURS.removesuffix("/v1/accounts/callback")) as made:
        yield made


def onward(page: str) -> str:
    found = re.search(r'id="onward" href="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


async def test_an_account_is_connected_read_and_unlinked(there: World) -> None:
    browser = Visit(there.house)
    assert "Connect Google" in (await browser("GET", "/app/accounts")).body.decode()
    told = await browser("POST", "/app/accounts/google/connect", agree="1")
    assert told.status == 200
    cookie = told.headers["set-cookie"].partition(";")[0]
    params = await visit(onward(told.body.decode()))
    query = "&".join(f"{name}={value}" for name, value in params.items())
    back = await call(
        browser.ann.app, "GET", f"/v1/accounts/callback?{query}", [("cookie", cookie)]
    )
    assert back.status == 200
    assert 'href="/app/accounts"' in back.body.decode()
    (account,) = (await browser.ann.get("/v1/accounts")).json["accounts"]
    assert "not read yet" in (await browser("GET", "/app/accounts")).body.decode()
    assert (await browser("POST", f"/app/accounts/{account['id']}/read")).status == 303
    assert "being read" in (await browser("GET", "/app/accounts")).body.decode()
    gone = await browser("POST", f"/app/accounts/{account['id']}/unlink", contacts="keep")
    assert gone.status == 303
    assert (await browser.ann.get("/v1/accounts")).json["accounts"] == []


async def test_without_a_yes_nothing_is_begun(there: World) -> None:
    browser = Visit(there.house)
    assert (await browser("POST", "/app/accounts/google/connect")).status == 422
    assert (await browser("POST", "/app/accounts/myspace/connect", agree="1")).status == 404
    assert (await browser.ann.get("/v1/privacy/consents")).json == {"consents": []}


async def test_it_needs_the_scope(there: World) -> None:
    browser = Visit(there.house, "contacts.read", "contacts.write")
    for method, path in (
        ("GET", ""),
        ("POST", "/google/connect"),
        ("POST", "/x/read"),
        ("POST", "/x/unlink"),
    ):
        assert (await browser(method, f"/app/accounts{path}")).status == 403
