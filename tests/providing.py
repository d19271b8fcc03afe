"""Emulated providers on real ports, a House that is registered at them, and owners who link accounts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qsl, urlsplit

import httpx2

from acting import UNFENCED, Actor, make_house
from contact_emulators.emulator import Emulator
from contact_emulators.google import Google
from contact_emulators.microsoft import Microsoft
from contact_emulators.oauth import Authority
from contact_service.actions import accounts, linking
from contact_service.actions.context import House
from contact_service.actions.linking import Back, Wish
from contact_service.model.account import Account
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from emulating import serving

OURS = "https://contacts.example/v1/accounts/callback"
RETURN = "com.example.app:/linked"
SECRET = "a-client-secret-nobody-may-see"
CLIENT = "client-1"
_PATHS = {
    "google": ("/o/oauth2/v2/auth", "/token", "/revoke", ""),
    "microsoft": (
        "/common/oauth2/v2.0/authorize",
        "/common/oauth2/v2.0/token",
        "",
        "/v1.0",
    ),
    "facebook": ("/v23.0/dialog/oauth", "/v23.0/oauth/access_token", "", "/v23.0"),
    "x": ("/i/oauth2/authorize", "/2/oauth2/token", "/2/oauth2/revoke", "/2"),
}


def settings_of(name: str, url: str) -> dict[str, str]:
    """What the operator sets for a provider at that URL."""
    authorize, token, revoke, api = _PATHS[name]
    made = {
        "CLIENT_ID": CLIENT,
        "CLIENT_SECRET": SECRET,
        "AUTHORIZE_URL": url + authorize,
        "TOKEN_URL": url + token,
        "API_URL": url + api,
    }
    if revoke:
        made["REVOKE_URL"] = url + revoke
    return {f"CONTACT_{name.upper()}_{key}": value for key, value in made.items()}


class World:
    """The emulators by name, and the House beside them."""

    def __init__(self, house: House, emulators: dict[str, Emulator]) -> None:
        self.house = house
        self.emulators = emulators

    @property
    def google(self) -> Google:
        found = self.emulators["google"]
        assert isinstance(found, Google)
        return found

    @property
    def microsoft(self) -> Microsoft:
        found = self.emulators["microsoft"]
        assert isinstance(found, Microsoft)
        return found


@contextlib.asynccontextmanager
async def world(db: Db, *kinds: type[Emulator], **more: str) -> AsyncIterator[World]:
    """Google and Microsoft, or these, where every app is let in by everybody, unless a test says otherwise."""
    emulators: dict[str, Emulator] = {kind.name: kind() for kind in kinds or (Google, Microsoft)}
    with contextlib.ExitStack() as stack:
        environ = {**UNFENCED, "CONTACT_OAUTH_RETURN_URLS": RETURN, **more}
        for name, emulator in emulators.items():
            authority: Authority = vars(emulator)["authority"]
            authority.person = "allow"
            authority.clients = {CLIENT: SECRET}
            authority.redirects = frozenset({OURS})
            environ |= settings_of(name, stack.enter_context(serving(emulator.app)))
        house = make_house(db, load(environ))
        try:
            yield World(house, emulators)
        finally:
            await house.outward.close()
            house.darkroom.close()


async def visit(url: str) -> dict[str, str]:
    """A browser goes to the provider; the parameters that it is sent back with."""
    async with httpx2.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def come_back(owner: Actor, provider: str, **wish: object) -> Back:
    """Begin a link, say yes, and come back in the same browser."""
    begun = await owner(linking.begin, Wish(provider, **wish), OURS)
    return await linking.back(owner.house, await visit(begun.url), {begun.cookie: begun.browser})


async def linked(owner: Actor, provider: str, **wish: object) -> Account:
    """An account, linked."""
    came = await come_back(owner, provider, **wish)
    assert came.slug == "", came
    found = await owner.read(accounts.get, came.account)
    assert found is not None
    return found


async def until(holds: Callable[[], bool]) -> None:
    """Wait for it, ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for is another thread's
            await asyncio.sleep(0.01)
