"""A provider that misbehaves, a way out of its own for each test, and the ground a Fetch stands on."""

from collections.abc import AsyncIterator, Iterator

import pytest

from contact_service.integrations.outward import Outward
from emulating import serving
from fetch_ground import Ground, Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    with serving(made.app) as url:
        made.url = url
        yield made


@pytest.fixture
async def way() -> AsyncIterator[Outward]:
    opened = Outward()
    yield opened
    await opened.close()


@pytest.fixture
def ground() -> Ground:
    return Ground()
