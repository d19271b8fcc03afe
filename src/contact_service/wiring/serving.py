"""Answering until told to stop: uvicorn on a bound socket, with our signals and our bounds.

SIGTERM: not ready at once, serving on for `drain_s` (balancers look away), then no new connections and what runs may
end. SIGINT: the same without the pause. A second signal: now.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config, Server

from contact_service.settings.environment import Settings
from contact_service.wiring import protocol, tuning

DRAIN_S = 2.0
_FINISH_S = 25
_KEEP_ALIVE_S = 75

Chore = Callable[[], Coroutine[Any, Any, None]]


class Stopped(Exception):
    """Told to stop a second time: leave what runs."""


class Answering(Server):
    """uvicorn without its own signal handlers; `ready` is called once connections are taken."""

    def __init__(self, config: Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    def leave(self) -> None:
        """Take no more connections, and end once those open have been answered."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `answer`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections."""
        await super().startup(sockets)
        self._ready()


async def answer(
    asgi: ASGIApp,
    bound: socket.socket,
    settings: Settings,
    *,
    chores: tuple[Chore, ...],
    ready: Callable[[], None],
    draining: Callable[[], None],
    drain_s: float = DRAIN_S,
) -> None:
    """Serve until a signal says stop. `draining` is called at the first signal.

    Raises Stopped at the second one, and what a chore raises: a process without its chores should not go on.
    """

    def started() -> None:
        tuning.quiet_gc()
        ready()

    server = Answering(config(asgi, settings), started)
    _stop_on_signals(server, draining, drain_s)
    await _beside(server.serve([bound]), [*chores, lambda: protocol.end_slow(server.server_state)])


def config(asgi: ASGIApp, settings: Settings) -> Config:
    """How uvicorn runs here: no log of its own, no `Server` header, proxies believed only where named."""
    proxies = [str(network) for network in settings.trusted_proxies]
    return Config(
        asgi,
        loop="uvloop",
        http=protocol.Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FINISH_S,
    )


def _stop_on_signals(server: Answering, draining: Callable[[], None], drain_s: float) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "called from a coroutine"
    told: list[int] = []

    def stop(number: int) -> None:
        told.append(number)
        if len(told) > 1:
            server.force_exit = server.should_exit = True
            task.cancel()
            return
        draining()
        pause = drain_s if number == signal.SIGTERM else 0.0
        loop.call_later(pause, server.leave)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)


async def _beside(serving: Coroutine[Any, Any, None], chores: list[Chore]) -> None:
    """Run `serving` to its end; a chore that fails ends it."""
    main = asyncio.ensure_future(serving)
    others = [asyncio.ensure_future(chore()) for chore in chores]
    waiting = {main, *others}
    try:
        while not main.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    except asyncio.CancelledError:
        raise Stopped from None
    finally:
        for task in (main, *others):
            task.cancel()
        await asyncio.gather(main, *others, return_exceptions=True)
