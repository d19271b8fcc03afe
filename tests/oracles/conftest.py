"""What the oracle tests share: `ask` for what an SDK says (tests/sdks.py), and the way out of our connectors."""

from collections.abc import AsyncIterator

import pytest

import sdks
from contact_service.integrations.outward import Outward


@pytest.fixture
def ask() -> sdks.Ask:
    return sdks.asking()


@pytest.fixture(scope="session")
async def way() -> AsyncIterator[Outward]:
    made = Outward()
    yield made
    await made.close()
