"""A house with emulated providers beside it, and an owner who lets contacts be read from two of them."""

from collections.abc import AsyncIterator

import pytest

from acting import Actor
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.storage.db import Db
from providing import World, world


@pytest.fixture
async def there(db: Db) -> AsyncIterator[World]:
    async with world(db) as made:
        yield made


@pytest.fixture
async def ann(there: World, owner: OwnerId) -> Actor:
    purposes = (Purpose.STORE, Purpose.IMPORT_GOOGLE, Purpose.IMPORT_MICROSOFT)
    return await Actor(there.house, owner).consents(*purposes)
