"""Whom a contract is tested on: an implementer's URL where one is given, else our own default and the emulator."""

import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from acting import make_house
from asking import ISSUER, build
from contact_emulators.header_store import HeaderStore
from contact_emulators.people_matcher import PeopleMatcher
from contact_emulators.schemas import Schemas
from contact_service.actions import directory, edge
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from emulating import serving_one
from endpoints.conftest import RATES

FOLDER = Path(__file__).parents[2] / "docs" / "contracts"
URL, TOKEN = "CONTACT_TEST_CONTRACT_URL", "CONTACT_TEST_CONTRACT_TOKEN"


class Asked:
    """One implementation under test; every answer is held to the contract's schema."""

    def __init__(self, url: str, token: str, contract: str, transport: Any = None) -> None:
        # Our own application is asked in its own loop: its connections to the database belong there.
        self._client = httpx2.AsyncClient(
            base_url=url, trust_env=False, timeout=30, transport=transport
        )
        self._token = token
        self._schemas = Schemas(FOLDER / f"{contract}.openapi.yaml")

    async def __call__(
        self, method: str, path: str, schema: str = "", *, token: str | None = None, **more: Any
    ) -> httpx2.Response:
        """`schema`: of the answer, where it is a 200."""
        given = self._token if token is None else token
        signed = {"Authorization": f"Bearer {given}"} if given else {}
        headers = {**signed, **more.pop("headers", {})}
        answer = await self._client.request(method, path, headers=headers, **more)
        if answer.status_code == 200:
            assert self._schemas.wrong(schema, answer.json()) == []
        return answer

    async def aclose(self) -> None:
        await self._client.aclose()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture, ours in (
        ("header_store", ["default", "emulator"]),
        ("people_matcher", ["emulator"]),
    ):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, ["url"] if URL in os.environ else ours, indirect=True)


@pytest.fixture
def header_store(request: pytest.FixtureRequest) -> Asked:
    made: Asked = request.getfixturevalue(f"header_store_by_{request.param}")
    return made


@pytest.fixture
def people_matcher(request: pytest.FixtureRequest) -> Asked:
    made: Asked = request.getfixturevalue(f"people_matcher_by_{request.param}")
    return made


@pytest.fixture
async def header_store_by_url() -> AsyncIterator[Asked]:
    async with _named("header-store") as made:
        yield made


@pytest.fixture
async def people_matcher_by_url() -> AsyncIterator[Asked]:
    async with _named("people-matcher") as made:
        yield made


@asynccontextmanager
async def _named(contract: str) -> AsyncIterator[Asked]:
    made = Asked(os.environ[URL], os.environ.get(TOKEN, ""), contract)
    yield made
    await made.aclose()


@pytest.fixture
async def header_store_by_emulator() -> AsyncIterator[Asked]:
    store = HeaderStore(FOLDER)
    _fill(store)
    with serving_one(store) as url:
        made = Asked(url, "demo", "header-store")
        yield made
        await made.aclose()


@pytest.fixture
async def people_matcher_by_emulator() -> AsyncIterator[Asked]:
    with serving_one(PeopleMatcher(FOLDER)) as url:
        made = Asked(url, "demo", "people-matcher")
        yield made
        await made.aclose()


@pytest.fixture
async def header_store_by_default(db: Db) -> AsyncIterator[Asked]:
    """Our own directory, served by the routes of the API, with users in it."""
    house = make_house(db, load(RATES))
    await _register(house)
    token = ISSUER.mint(OwnerId("app"), ("directory.write",), 600, time.time())
    made = Asked("http://127.0.0.1", token, "header-store", httpx2.ASGITransport(app=build(house)))
    yield made
    await made.aclose()


async def _register(house: House) -> None:
    mark = uuid.uuid4().hex[:8]
    users = [
        User(
            UserId(f"{mark}-{n}"),
            (Identifier(f"mailto:{mark}{n}@example.org.uk"),),
            discoverable=True,
        )
        for n in range(40)
    ]
    await edge.write(house, OwnerId("app"), "test", directory.put, users)
    await edge.write(house, OwnerId("app"), "test", directory.remove, users[3].user)


def _fill(store: HeaderStore) -> None:
    store.page = 15
    for n in range(40):
        store.put(f"u{n}", f"tel:+1415555{n:04d}", profile={"displayName": "A", "photoUrl": None})
    store.remove("u3")
