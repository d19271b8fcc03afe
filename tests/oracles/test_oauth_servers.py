"""Our way of OAuth against servers of another hand: codes, PKCE, refresh, rotation, revoking, `invalid_grant`."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from contact_service.integrations import oauth
from contact_service.integrations.oauth import Granted, GrantGone, Wanted
from contact_service.integrations.outward import Outward
from contact_service.settings.providers import App
from oracles import oauth_servers as servers

READING = {
    "google": "https://www.googleapis.com/auth/contacts.readonly",
    "microsoft": "Contacts.Read",
}
PROVIDERS = tuple(READING)


@pytest.fixture(scope="module")
async def apps(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, App]]:
    folder: Path = tmp_path_factory.mktemp("oauth")
    async with servers.running(folder) as made:
        yield made


def wanted(provider: str) -> Wanted:
    scopes = oauth.scopes(provider, [READING[provider]], ())
    return Wanted(servers.BACK, "state-1", "nonce-1", "v" * 64, scopes)


async def consented(app: App, provider: str) -> tuple[Wanted, str]:
    """What was asked for, and the code that its consent gave."""
    asked = wanted(provider)
    return asked, await servers.consented(app, provider, asked)


async def granted(way: Outward, app: App, provider: str) -> Granted:
    asked, code = await consented(app, provider)
    return await oauth.exchange(way, provider, app, asked, code)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_code_becomes_tokens_once(
    way: Outward, apps: dict[str, App], provider: str
) -> None:
    app = apps[provider]
    asked, code = await consented(app, provider)
    told = await oauth.exchange(way, provider, app, asked, code)
    assert told.access
    assert told.refresh
    assert told.subject
    assert told.lives_s == 3600
    assert oauth.lacking(asked.scopes, told.scope or "") == []
    with pytest.raises(GrantGone):
        await oauth.exchange(way, provider, app, asked, code)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_code_is_of_who_has_its_verifier(
    way: Outward, apps: dict[str, App], provider: str
) -> None:
    app = apps[provider]
    asked, code = await consented(app, provider)
    other = msgspec.structs.replace(asked, verifier="w" * 64)
    with pytest.raises(GrantGone):
        await oauth.exchange(way, provider, app, other, code)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_answer_to_another_request_says_nobodys_account(
    way: Outward, apps: dict[str, App], provider: str
) -> None:
    app = apps[provider]
    asked, code = await consented(app, provider)
    other = msgspec.structs.replace(asked, nonce="nonce-2")
    assert (await oauth.exchange(way, provider, app, other, code)).subject is None


async def test_googles_refresh_token_stays(way: Outward, apps: dict[str, App]) -> None:
    first = await granted(way, apps["google"], "google")
    assert first.refresh is not None
    for _ in range(2):
        again = await oauth.refresh(way, "google", apps["google"], first.refresh)
        assert again.refresh in {None, first.refresh}
        assert again.access != first.access


async def test_microsofts_refresh_token_is_another_each_time(
    way: Outward, apps: dict[str, App]
) -> None:
    first = await granted(way, apps["microsoft"], "microsoft")
    assert first.refresh is not None
    again = await oauth.refresh(way, "microsoft", apps["microsoft"], first.refresh)
    assert again.refresh not in {None, first.refresh}
    with pytest.raises(GrantGone):
        await oauth.refresh(way, "microsoft", apps["microsoft"], first.refresh)


async def test_a_grant_that_is_taken_back_is_gone(way: Outward, apps: dict[str, App]) -> None:
    app = apps["google"]
    told = await granted(way, app, "google")
    assert told.refresh is not None
    await oauth.revoke(way, "google", app, told.refresh, told.access)
    with pytest.raises(GrantGone):
        await oauth.refresh(way, "google", app, told.refresh)
    await oauth.revoke(way, "google", app, told.refresh, told.access)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_token_that_nobody_gave_is_gone(
    way: Outward, apps: dict[str, App], provider: str
) -> None:
    with pytest.raises(GrantGone):
        await oauth.refresh(way, provider, apps[provider], "nobody-gave-it")
