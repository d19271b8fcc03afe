"""The application over the worker's shared database, and owners who call it."""

from collections.abc import Iterator

import pytest

from acting import make_house
from asking import Api, build, fresh
from contact_service.actions.context import House
from contact_service.cli.bench import stage
from contact_service.endpoints.app import App
from contact_service.settings.environment import load
from contact_service.storage.db import Db

# Raised, not off: limits have tests of their own.
RATES = {f"CONTACT_LIMIT_{name}": "100000/100000" for name in stage.LIMITS}


@pytest.fixture
def house(db: Db) -> Iterator[House]:
    made = make_house(db, load({**RATES, "CONTACT_REMATCH_INTERVAL_S": "0"}))
    yield made
    made.darkroom.close()


@pytest.fixture
def app(house: House) -> App:
    return build(house)


@pytest.fixture
def ann(app: App) -> Api:
    return Api(app, fresh("ann"))


@pytest.fixture
def bea(app: App) -> Api:
    return Api(app, fresh("bea"))


@pytest.fixture
def cas(app: App) -> Api:
    return Api(app, fresh("cas"))
