"""One worker of several: `python -m contact_service.wiring.worker SOCKET PIPE DRAIN`, started by crew.py alone."""

import asyncio
import contextlib
import os
import socket
import sys

import uvloop

from contact_service.settings import environment
from contact_service.telemetry import logs
from contact_service.wiring import app as apps
from contact_service.wiring import database, serving
from contact_service.wiring.serving import Stopped


def main(bound: int, pipe: int, drain_s: float) -> None:
    """Answer on the inherited socket; a byte goes into the pipe once that is so."""
    stopped = contextlib.suppress(Stopped, KeyboardInterrupt)
    with stopped, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_answer(socket.socket(fileno=bound), pipe, drain_s))


async def _answer(bound: socket.socket, pipe: int, drain_s: float) -> None:
    settings = environment.load(os.environ)
    try:
        app = await apps.open_(settings, database.start(settings))
    except Exception as error:  # noqa: BLE001 - whatever it is, the process ends with it
        # The parent starts another one and gives up after some; the line tells why, without values.
        logs.error(logs.make(settings.log_level, settings.log_format), "worker.failed", error)
        raise SystemExit(1) from None

    def ready() -> None:
        with contextlib.suppress(BrokenPipeError):  # of a replacement nobody asks when it is ready
            os.write(pipe, b"r")
        os.close(pipe)

    try:
        await serving.answer(
            app.asgi,
            bound,
            settings,
            chores=app.chores,
            ready=ready,
            draining=app.drain,
            drain_s=drain_s,
        )
    finally:
        await app.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
