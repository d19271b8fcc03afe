"""How vdirsyncer's own storage tests reach this service; laid among them as `tests/storage/servers/contacts`."""

import os

import aiohttp
import pytest
import pytest_asyncio


class ServerMixin:
    """The fixtures a server of those tests must bring."""

    @pytest_asyncio.fixture
    async def aio_connector(self):
        async with aiohttp.TCPConnector(limit_per_host=16) as connector:
            yield connector

    @pytest.fixture
    def get_storage_args(self, slow_create_collection, aio_connector):
        async def made(collection="test"):
            args = {
                "url": os.environ["DAV_URL"],
                "username": os.environ["DAV_USERNAME"],
                "password": os.environ["DAV_PASSWORD"],
                "connector": aio_connector,
            }
            if collection is None:
                return args
            return await slow_create_collection(self.storage_class, args, collection)

        return made
