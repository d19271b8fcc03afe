"""The application over the worker's shared database, and clients of one owner on a network of their own."""

from collections.abc import AsyncIterator

import pytest

from acting import make_house
from asking import Api, build, fresh
from client.faulty import Net, client
from contact_client import Client
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
