"""One House and one port for all emulators of the session; each test has emulators of its own, and an owner."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx2
import pytest

from acting import UNFENCED, make_house
from contact_emulators.google import Google as People
from contact_emulators.microsoft import Microsoft as Graph
from contact_service.actions.context import House
from contact_service.integrations import google, microsoft, waits
from contact_service.settings.environment import load
from contact_service.settings.table import TABLE
from contact_service.storage.db import Db
from emulating import serving
from imports.stack import CALLBACK, KINDS, PEOPLE, Account, Doors
from providing import OURS, settings_of

# Raised, not off: limits have tests of their own.
RATES = {s.variable: "100000/100000" for s in TABLE if s.name.startswith("LIMIT_")}
Linking = Callable[..., Awaitable[Account]]


@pytest.fixture(scope="session")
def port() -> Iterator[tuple[Doors, str]]:
    doors = Doors()
    with serving(doors) as url:
        yield doors, url


@pytest.fixture(scope="session")
async def providers_house(db: Db, port: tuple[Doors, str]) -> AsyncIterator[House]:
    environ = {**UNFENCED, **RATES, "CONTACT_PUBLIC_URL": OURS.removesuffix(CALLBACK)}
    for kind in KINDS:
        environ |= settings_of(kind.name, f"{port[1]}/{kind.name}")
    house = make_house(db, load(environ))
    yield house
    await house.outward.close()
    house.darkroom.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as made:
        yield made


@pytest.fixture
async def linking(
    providers_house: House,
    port: tuple[Doors, str],
    browser: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Linking]:
    """`await linking("google")`: an owner with an account there of 12 people, read four at a time; nothing waits."""
    monkeypatch.setattr(google, "PAGE", 4)
    monkeypatch.setattr(microsoft, "PAGE", 4)
    monkeypatch.setattr(waits, "LEAST_S", 0.0)
    monkeypatch.setattr(waits, "MOST_S", 0.0)
    doors = port[0]
    doors.renew()

    async def linked(provider: str, *, link: bool = True) -> Account:
        account = Account(providers_house, doors, browser, provider)
        await account.mended()
        if isinstance(account.emulator, People | Graph) and not account.truth():
            account.emulator.fill(PEOPLE, seed=7)
        if link:
            assert "is connected" in await account.link()
        return account

    yield linked
    assert [one.wrong for one in doors.emulators.values()] == [[]] * len(KINDS)


@pytest.fixture(params=["google", "microsoft"])
async def account(request: pytest.FixtureRequest, linking: Linking) -> Account:
    return await linking(request.param)
