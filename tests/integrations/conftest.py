"""What tests of connectors share: the way out, whose clients take a third of a second to make."""

from collections.abc import AsyncIterator

import pytest

from contact_service.integrations.outward import Outward


@pytest.fixture(scope="session")
async def way() -> AsyncIterator[Outward]:
    made = Outward()
    yield made
    await made.close()
