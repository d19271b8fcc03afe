"""A process that only works: no socket, the queue's jobs and the nightly walk until told to stop."""

import asyncio
import signal
from collections.abc import Callable

import uvloop

from contact_service.jobs.worker import Worker
from contact_service.settings.environment import Settings
from contact_service.telemetry import logs
from contact_service.wiring import database
from contact_service.wiring import house as houses
from contact_service.wiring.database import Database
from contact_service.wiring.serving import Stopped


def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Work until a signal says stop: what runs ends first, a second signal ends at once. `ready`: it is connected.

    On the database of a service that runs on the data directory, else on one started for it; call it from the main
    thread. Raises DatabaseDown, KeyringRefused, BadSetting when it cannot start.
    """
    where = database.attach(settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings, where, ready))
    except Stopped:
        pass
    finally:
        where.stop()


async def _work(settings: Settings, where: Database, ready: Callable[[], None]) -> None:
    log = logs.make(settings.log_level, settings.log_format)
    logs.adopt_libraries(log)
    house = await houses.patiently(settings, where)
    worker = Worker(house, where.direct, log)
    _stop_on_signals(worker)
    telling = asyncio.ensure_future(_tell(worker, ready))
    watching = [asyncio.ensure_future(where.server.watch())] if where.server is not None else []
    working = asyncio.ensure_future(worker.run())
    try:
        done, _ = await asyncio.wait([working, *watching], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except asyncio.CancelledError:
        raise Stopped from None
    finally:
        for task in (telling, working, *watching):
            task.cancel()
        await asyncio.gather(telling, working, *watching, return_exceptions=True)
        await house.outward.close()
        await house.neighbours.aclose()
        house.darkroom.close()
        house.evaluators.close()
        await house.db.close()


async def _tell(worker: Worker, ready: Callable[[], None]) -> None:
    await worker.ready.wait()
    ready()


def _stop_on_signals(worker: Worker) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "called from a coroutine"
    told: list[int] = []

    def stop(number: int) -> None:
        told.append(number)
        worker.stop()
        if len(told) > 1:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
