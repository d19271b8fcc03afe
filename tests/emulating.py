"""Emulators on real ports of this machine, each in a thread of its own: for connectors, and for vendors' SDKs."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

from contact_emulators.emulator import Emulator

SCHEMAS = Path(__file__).parents[2] / "shared" / "schemas"


def schemas() -> Path:
    """The directory with what providers publish; the test is skipped where there is none."""
    if not SCHEMAS.is_dir():
        pytest.skip("../shared/schemas is not here")
    return SCHEMAS


class _Server(uvicorn.Server):
    """Leaves signals to the test run, and goes at once when it is told to: uvicorn looks up ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        """From any thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._leave.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        if not self.should_exit:
            await self._leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The base URL of `app`, without a slash at the end, for as long as the block lasts."""
    # Named TCP, so that asyncio turns Nagle's delay off: 40 ms an answer on a connection that is kept.
    with socket.socket(proto=socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
        server = _Server(config)
        running = threading.Thread(target=lambda: asyncio.run(server.serve([bound])), daemon=True)
        running.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.leave()
            running.join()


@contextlib.contextmanager
def serving_one(emulator: Emulator) -> Iterator[str]:
    """The same of one emulator, which must have answered as the provider documents all along."""
    with serving(emulator.app) as url:
        yield url
    assert emulator.wrong == []
