"""The application over the worker's shared database, and clients of one owner on a network of their own."""

import contextlib
import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from acting import make_house
from asking import Api, build, fresh
from client.faulty import Net, client
from client.finding import Town, housed, town
from conftest import in_database
from contact_client import Client
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.settings.environment import load
from contact_service.settings.table import TABLE
from contact_service.storage.db import Db

# Raised, not off: limits have tests of their own.
RATES = {s.variable: "100000/100000" for s in TABLE if s.name.startswith("LIMIT_")}


@pytest.fixture
def app(db: Db) -> App:
    return build(make_house(db, load({**RATES, "CONTACT_REMATCH_INTERVAL_S": "0"})))


@pytest.fixture
def ann(app: App) -> Api:
    """The owner, past the client: what the service really has."""
    return Api(app, fresh("ann"))


@pytest.fixture
def net(app: App) -> Net:
    return Net(app)


@pytest.fixture
async def contacts(net: Net, ann: Api) -> AsyncIterator[Client]:
    async with client(net, ann.token) as opened:
        yield opened


@contextlib.asynccontextmanager
async def house(template: str, name: str, bits: int) -> AsyncIterator[House]:
    """On a database of its own, whose private discovery has 2^bits buckets."""
    con = await asyncpg.connect(in_database(template, "template1"))
    await con.execute(f"CREATE DATABASE {name} TEMPLATE contacts")
    db = await Db.open(in_database(template, name))
    made = await housed(db, bits)
    yield made
    made.evaluators.close()
    await db.close()
    await con.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await con.close()


@pytest.fixture(scope="session")
async def house_of_buckets(postgres: str) -> AsyncIterator[House]:
    async with house(postgres, f"buckets{os.getpid()}", 8) as made:
        yield made


@pytest.fixture
async def here(house_of_buckets: House) -> Town:
    return await town(house_of_buckets)
