"""An installation of the test's own, whose keys change; each test is told of each kind of key."""

import pytest

from acting import Actor
from contact_service.actions.context import House
from contact_service.model.epoch import Kind
from contact_service.model.ids import OwnerId
from contact_service.storage.db import Db
from listing_directory import own_house


@pytest.fixture
def house(fresh_db: Db) -> House:
    return own_house(fresh_db)


@pytest.fixture
def app(house: House) -> Actor:
    return Actor(house, OwnerId("app"))


@pytest.fixture(params=list(Kind))
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found
