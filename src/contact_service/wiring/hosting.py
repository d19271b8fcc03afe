"""A service as processes: one that answers, or a parent that owns the database and the socket, and workers below it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import uvloop

from contact_service.settings.environment import Settings
from contact_service.wiring import app as apps
from contact_service.wiring import crew, database, serving
from contact_service.wiring.app import App
from contact_service.wiring.database import Database
from contact_service.wiring.serving import Stopped

Prepare = Callable[[App], Awaitable[list[str]]]
"""What is done before the first request, and the lines to print once the service is ready."""


def run(
    settings: Settings, bound: socket.socket, prepare: Prepare, drain_s: float = serving.DRAIN_S
) -> None:
    """Serve on the socket until told to stop; call it from the main thread. The database ends last.

    Raises DatabaseDown, KeyringRefused, IssuerKeyUnreadable, BadSetting when it cannot start.
    """
    where = database.start(settings)
    try:
        main = _alone if settings.workers == 1 else _parent
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main(settings, where, bound, prepare, drain_s))
    except Stopped:
        pass
    finally:
        where.stop()


async def _alone(
    settings: Settings, where: Database, bound: socket.socket, prepare: Prepare, drain_s: float
) -> None:
    app = await apps.open_(settings, where)
    try:
        lines = await prepare(app)
        watch = () if where.server is None else (where.server.watch,)
        await serving.answer(
            app.asgi,
            bound,
            settings,
            chores=(*app.chores, *watch),
            ready=lambda: say(lines),
            draining=app.drain,
            drain_s=drain_s,
        )
    finally:
        await app.close()


async def _parent(
    settings: Settings, where: Database, bound: socket.socket, prepare: Prepare, drain_s: float
) -> None:
    # Opened once here, so that keyring and schema are made by one process and the workers only find them.
    app = await apps.open_(settings, where)
    try:
        lines = await prepare(app)
    finally:
        await app.close()
    watch = () if where.server is None else (where.server.watch,)
    await crew.lead(settings, where, bound, watch=watch, ready=lambda: say(lines), drain_s=drain_s)


def say(lines: list[str]) -> None:
    """Print, at once: who started us may read a pipe."""
    print("\n".join(lines), flush=True)  # noqa: T201 - the one thing a service says on stdout
