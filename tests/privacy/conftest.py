"""The application over the worker's shared database, with the service's own rates."""

import pytest

from acting import make_house
from asking import Api, build, fresh
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.settings.environment import load
from contact_service.storage.db import Db


@pytest.fixture
def house(db: Db) -> House:
    return make_house(db, load({"CONTACT_REMATCH_INTERVAL_S": "0"}))


@pytest.fixture
def app(house: House) -> App:
    return build(house)


@pytest.fixture
def ann(app: App) -> Api:
    return Api(app, fresh("ann"))


@pytest.fixture
def bea(app: App) -> Api:
    return Api(app, fresh("bea"))
