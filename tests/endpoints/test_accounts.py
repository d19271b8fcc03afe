"""Linked accounts over HTTP: the way to the provider and back, what is shown, and what is refused."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import pytest

from acting import Actor
from asking import ALL, Api, Reply, build, call, fresh
from contact_service.actions import accounts, link_results, linking
from contact_service.endpoints.app import App
from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.settings.table import TABLE
from contact_service.storage.db import Db
from providing import OURS, RETURN, World, visit, world

# Raised, not off: limits have tests of their own.
RATES = {s.variable: "100000/100000" for s in TABLE if s.name.startswith("LIMIT_")}
CALLBACK = "/v1/accounts/callback"


@pytest.fixture
async def there(db: Db) -> AsyncIterator[World]:
    async with world(db, **RATES, CONTACT_PUBLIC_URL=OURS.removesuffix(CALLBACK)) as made:
        yield made


@pytest.fixture
def app(there: World) -> App:
    return build(there.house)


@pytest.fixture
async def ann(app: App) -> Api:
    return await Api(app, fresh("ann")).consents("store", "import.google", "import.microsoft")


async def begun(who: Api, provider: str = "google", **asked: object) -> tuple[str, str]:
    """The URL at the provider, and the cookie that came along."""
    told = await who.post(f"/v1/accounts/{provider}:authorize", asked)
    assert told.status == 200, told
    assert set(told.json) == {"url", "state", "expiresAt"}
    cookie = told.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Secure", f"Path={CALLBACK}", "Max-Age=600"):
        assert f"; {part}" in cookie
    return told.json["url"], cookie.partition(";")[0]


async def back(who: Api, params: dict[str, str], cookie: str = "") -> Reply:
    """The browser comes back: without a token, as browsers do."""
    headers = [("cookie", cookie)] if cookie else []
    return await call(who.app, "GET", f"{CALLBACK}?{urlencode(params)}", headers)


async def linked(who: Api, provider: str = "google", **asked: object) -> str:
    url, cookie = await begun(who, provider, **asked)
    assert (await back(who, await visit(url), cookie)).status == 200
    return str((await who.get("/v1/accounts")).json["accounts"][-1]["id"])


async def test_the_request_to_the_provider_is_as_the_rfcs_want_it(ann: Api) -> None:
    url, _ = await begun(ann)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["code_challenge"]) == 43
    assert asked["redirect_uri"] == OURS
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    assert "contacts.readonly" in asked["scope"]
    assert asked["nonce"]
    assert ann.owner not in url


async def test_an_account_is_linked_and_listed_without_a_token_in_sight(
    ann: Api, there: World
) -> None:
    url, cookie = await begun(ann, options={"photos": False})
    page = await back(ann, await visit(url), cookie)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "is connected" in page.body.decode()
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    listed = await ann.get("/v1/accounts")
    (shown,) = listed.json["accounts"]
    assert (shown["provider"], shown["state"]) == ("google", "connected")
    assert (shown["options"], shown["lastImport"]) == ({"photos": False}, None)
    for token in (there.google.authority.grants[0].refresh, *there.google.tokens):
        assert token.encode() not in listed.body + page.body
    assert (await ann.other(fresh("bea")).get("/v1/accounts")).json == {"accounts": []}


async def test_with_a_return_url_the_browser_goes_on_to_the_app(ann: Api) -> None:
    url, cookie = await begun(ann, redirectUri=RETURN)
    told = await back(ann, await visit(url), cookie)
    (shown,) = (await ann.get("/v1/accounts")).json["accounts"]
    assert told.status == 303
    assert told.headers["location"] == f"{RETURN}?account={shown['id']}"


async def test_an_app_without_cookies_hands_in_its_ticket(ann: Api) -> None:
    url, _ = await begun(ann, redirectUri=RETURN)
    told = await back(ann, await visit(url))
    where, _, query = told.headers["location"].partition("?")
    ticket = dict(parse_qsl(query))["ticket"]
    assert (told.status, where) == (303, RETURN)
    bea = ann.other(fresh("bea"))
    done = await ann.post("/v1/accounts:finish", {"ticket": ticket})
    assert (done.status, done.json["provider"]) == (201, "google")
    for who in (ann, bea):
        assert (await who.post("/v1/accounts:finish", {"ticket": ticket})).slug == "link-refused"
    assert (await ann.post("/v1/accounts:finish", {"ticket": "made up"})).status == 409


async def test_a_replay_another_browser_and_a_wrong_state_are_refused(ann: Api) -> None:
    url, cookie = await begun(ann)
    params = await visit(url)
    assert (await back(ann, {**params, "state": "x"}, cookie)).status == 400
    assert (await back(ann, params, cookie)).status == 200
    replay = await back(ann, params, cookie)
    assert replay.status == 400
    other, _ = await begun(ann)
    assert (await back(ann, await visit(other), cookie)).status == 400
    assert params["code"].encode() not in replay.body
    assert len((await ann.get("/v1/accounts")).json["accounts"]) == 1


async def test_parameters_that_stand_there_twice_are_refused_with_a_page(ann: Api) -> None:
    url, cookie = await begun(ann)
    query = urlencode(await visit(url))
    told = await call(ann.app, "GET", f"{CALLBACK}?{query}&state=x", [("cookie", cookie)])
    assert (told.status, told.headers["content-type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "javascript:alert(1)", RETURN + "/../x", "//x"], ids=range(4)
)
async def test_an_open_redirect_is_refused(ann: Api, url: str) -> None:
    told = await ann.post("/v1/accounts/google:authorize", {"redirectUri": url})
    assert told.slug == "invalid-parameter"
    assert "location" not in (await back(ann, {"state": "x", "redirectUri": url})).headers


async def test_a_no_is_answered_kindly(ann: Api, there: World) -> None:
    there.google.authority.person = "deny"
    url, cookie = await begun(ann)
    page = await back(ann, await visit(url), cookie)
    assert page.status == 200
    assert "chose not to allow" in page.body.decode()
    url, cookie = await begun(ann, redirectUri=RETURN)
    told = await back(ann, await visit(url), cookie)
    assert told.headers["location"] == f"{RETURN}?error=access-denied"


async def test_consent_comes_first_and_is_named(app: App) -> None:
    ann = Api(app, fresh("ann"))
    told = await ann.post("/v1/accounts/google:authorize", {})
    assert (told.slug, told.json["purpose"]) == ("consent-required", "import.google")
    await ann.consents("import.google")
    told = await ann.post("/v1/accounts/google:authorize", {})
    assert (told.slug, told.json["purpose"]) == ("consent-required", "store")


async def test_a_provider_that_is_not_set_up_is_not_offered(ann: Api) -> None:
    for provider in ("x", "myspace"):
        told = await ann.post(f"/v1/accounts/{provider}:authorize", {})
        assert (told.status, told.slug) == (404, "provider-not-offered")


async def test_an_unticked_box_is_told_to_the_app(ann: Api, there: World) -> None:
    scope = "https://www.googleapis.com/auth/contacts.readonly"
    there.google.authority.unticked = frozenset({scope})
    url, _ = await begun(ann, redirectUri=RETURN)
    told = await back(ann, await visit(url))
    ticket = dict(parse_qsl(told.headers["location"].partition("?")[2]))["ticket"]
    refused = await ann.post("/v1/accounts:finish", {"ticket": ticket})
    assert (refused.slug, refused.json["scopes"]) == ("scopes-not-granted", [scope])


async def test_more_accounts_than_may_be_are_refused(
    ann: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked(ann)
    monkeypatch.setattr(linking, "MOST", 1)
    told = await ann.post("/v1/accounts/microsoft:authorize", {})
    assert told.slug == "too-many-accounts"
    account = (await ann.get("/v1/accounts")).json["accounts"][0]["id"]
    again = await ann.post("/v1/accounts/google:authorize", {"accountId": account})
    assert again.status == 200
    other = await ann.post("/v1/accounts/microsoft:authorize", {"accountId": account})
    assert other.slug == "not-found"


@pytest.mark.parametrize(
    "body",
    [{"options": {"a b": True}}, {"options": {"photos": "yes"}}, {"accountId": "1"}, []],
    ids=range(4),
)
async def test_a_request_of_another_shape_is_refused(ann: Api, body: object) -> None:
    assert (await ann.post("/v1/accounts/google:authorize", body)).status == 422


async def test_it_needs_the_scope(ann: Api) -> None:
    weak = ann.scoped(*(scope for scope in ALL if scope != "imports"))
    for method, path in (
        ("GET", "/v1/accounts"),
        ("POST", "/v1/accounts/google:authorize"),
        ("POST", "/v1/accounts:finish"),
        ("DELETE", "/v1/accounts/x"),
    ):
        assert (await weak(method, path, {} if method == "POST" else None)).slug == "missing-scope"


async def test_a_code_is_redeemed_with_the_verifier_of_its_own_link(
    ann: Api, there: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PKCE: a code that somebody saw is worth nothing without it."""
    real = link_results.oauth.exchange

    async def another(way, provider, app, wanted, code):
        wrong = link_results.msgspec.structs.replace(wanted, verifier="x" * 64)
        return await real(way, provider, app, wrong, code)

    url, cookie = await begun(ann)
    params = await visit(url)
    monkeypatch.setattr(link_results.oauth, "exchange", another)
    assert (await back(ann, params, cookie)).status == 400
    assert there.google.authority.grants == []


async def test_what_a_read_costs_is_told(ann: Api) -> None:
    account = await linked(ann)
    told = await ann.get(f"/v1/accounts/{account}/cost")
    assert told.json == {"records": 0, "microUsd": 0, "covered": True}
    other = ann.other(fresh("bea"))
    assert (await other.get(f"/v1/accounts/{account}/cost")).slug == "not-found"
    assert (await other.delete(f"/v1/accounts/{account}")).slug == "not-found"


async def test_a_cost_that_cannot_be_found_out_has_a_reason(ann: Api, there: World) -> None:
    account = await linked(ann)
    there.google.authority.withdraw()
    await Actor(there.house, OwnerId(ann.owner))(accounts.mark, UUID(account), State.REAUTHORISE)
    told = await ann.get(f"/v1/accounts/{account}/cost")
    assert (told.slug, told.json["reason"]) == ("cost-unknown", "reauthorise")


async def test_an_unlinked_account_is_gone(ann: Api) -> None:
    account = await linked(ann)
    assert (await ann.delete(f"/v1/accounts/{account}?contacts=all")).slug == "invalid-parameter"
    assert (await ann.delete(f"/v1/accounts/{account}?contacts=remove")).status == 204
    assert (await ann.get("/v1/accounts")).json == {"accounts": []}
    assert (await ann.delete(f"/v1/accounts/{account}")).slug == "not-found"
    assert (await ann.delete("/v1/accounts/no-id")).status in (404, 422)
