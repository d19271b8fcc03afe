"""The App: everything one process answers with, over an open House."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from structlog.typing import FilteringBoundLogger

from contact_service.actions import fences
from contact_service.actions.context import House
from contact_service.endpoints import app as endpoints
from contact_service.endpoints import web
from contact_service.endpoints.web.sessions import Sessions
from contact_service.jobs.worker import Worker
from contact_service.model.problem import Unavailable
from contact_service.settings.environment import Settings
from contact_service.telemetry import logs
from contact_service.wiring import house as houses
from contact_service.wiring import keys, tuning
from contact_service.wiring.belief import Belief
from contact_service.wiring.database import Database


@dataclass(frozen=True, slots=True)
class App:
    """`asgi` answers; `chores` are coroutine functions to run beside it for as long as it serves."""

    asgi: endpoints.App
    house: House
    belief: Belief
    sessions: Sessions
    chores: tuple[Callable[[], Coroutine[Any, Any, None]], ...]
    worker: Worker | None = None

    def drain(self) -> None:
        """Say on /readyz from now on that balancers should look elsewhere, and take up no more background work."""
        self.asgi.health.draining = True
        if self.worker is not None:
            self.worker.stop()

    async def close(self) -> None:
        """Close the pools, end the darkroom and the evaluators; the database itself is ended by who started it."""
        await self.house.outward.close()
        await self.house.neighbours.aclose()
        self.house.darkroom.close()
        self.house.evaluators.close()
        await self.house.db.close()


async def open_(settings: Settings, where: Database) -> App:
    """The App of this process, warm; its log is from now on the only sink. Raises as `house.open_`, `keys.believe`."""
    log = logs.make(settings.log_level, settings.log_format)
    logs.adopt_libraries(log)
    house = await houses.open_(settings, where)
    try:
        belief = await keys.believe(settings)
        sessions = Sessions()
        pages = web.routes(house, belief, sessions)
        asgi = endpoints.build(house, belief, settings, web=pages, refresh=belief.renew, log=log)
    except BaseException:
        await house.db.close()
        raise
    tuning.warm()
    chores = (belief.keep, lambda: _forget_keys(house), lambda: _tell_tally(house, log))
    if not settings.jobs:
        return App(asgi, house, belief, sessions, chores)
    worker = Worker(house, where.direct, log)
    return App(asgi, house, belief, sessions, (*chores, worker.run), worker)


async def _forget_keys(house: House) -> None:
    """Drop the data keys that nobody used for five minutes; an idle process must not hold them open."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(60)
        house.open_keys.sweep(loop.time())


async def _tell_tally(house: House, log: FilteringBoundLogger) -> None:
    """Write down every ten seconds what all accounts asked for; one line when it is far beyond the usual."""
    while True:
        await asyncio.sleep(10)
        try:
            if await fences.told(house, datetime.now(UTC)):
                log.warning("discovery.alarm")
        except Unavailable:
            log.warning("tally.waits")
