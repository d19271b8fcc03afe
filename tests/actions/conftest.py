"""A House over the worker's shared database, and owners to act as."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from acting import Actor, make_house
from contact_service.actions.context import House
from contact_service.actions.imaging import Darkroom
from contact_service.model.ids import OwnerId
from contact_service.storage.db import Db


@pytest.fixture
def house(db: Db) -> Iterator[House]:
    made = make_house(db)
    yield made
    made.darkroom.close()


@pytest.fixture
async def room() -> AsyncIterator[Darkroom]:
    opened = Darkroom()
    yield opened
    opened.close()


@pytest.fixture
def actor(house: House) -> Callable[[str], Actor]:
    def named(name: str) -> Actor:
        return Actor(house, OwnerId(f"{name}-{uuid.uuid4().hex[:12]}"))

    return named


@pytest.fixture
def ann(actor: Callable[[str], Actor]) -> Actor:
    return actor("ann")


@pytest.fixture
def bea(actor: Callable[[str], Actor]) -> Actor:
    return actor("bea")
