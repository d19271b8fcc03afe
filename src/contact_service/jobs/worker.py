"""The worker: does what is queued, sweeps the outbox, starts the nightly walk. Any number of them work side by side.

It waits out a database that is away, and a job whose worker died is taken up by another. Log lines name tasks only.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from contact_service.actions import errands
from contact_service.actions.context import House
from contact_service.jobs import deltas, header_store, imports, rotation, rounds, sweep, tasks
from contact_service.model.problem import DatabaseDown, OwnerErased, Unavailable
from contact_service.storage import queue as queues
from contact_service.storage.queue import Again, GivenUp, Queue, Tried
from contact_service.telemetry import logs

TRIES = 12
"""Tries of a job, the waits between them doubling from 1 s to at most 10 min: about an hour."""
LONGEST_S = 600.0
FINISH_S = 10.0
"""How long what runs may go on once the worker is cancelled; then it goes back to the queue."""
_PAUSES_S = (0.2, 30.0)

Do = Callable[[bytes], Awaitable[None]]


class Worker:
    """One worker over a House; `dsn` leads past any pooler. `ready` is set while it is connected."""

    def __init__(
        self,
        house: House,
        dsn: str,
        log: FilteringBoundLogger,
        *,
        stale_s: float = 30.0,
        poll_s: float = 10.0,
    ) -> None:
        """`stale_s`: when the job of a silent worker is taken up; `poll_s`: how often the queue is looked at untold."""
        self.ready = asyncio.Event()
        self._house = house
        self._dsn = dsn
        self._log = log
        self._pace = {"stale_s": stale_s, "poll_s": poll_s}
        self._sweep_s = house.settings.jobs_sweep_ms / 1000
        self._stopping = asyncio.Event()
        self._queue: Queue | None = None
        self._waited_s = 0.0
        self._held = 0
        house.metrics.watch("contacts_jobs_wait_seconds", lambda: self._waited_s)
        house.metrics.watch("contacts_jobs_held_entries", lambda: self._held)

    def stop(self) -> None:
        """Take up nothing more; `run` ends once what runs has ended."""
        self._stopping.set()
        if self._queue is not None:
            self._queue.stop()

    async def run(self) -> None:
        """Work until `stop`. Cancelled, it stops and lets what runs end, for 10 s."""
        working = asyncio.ensure_future(self._work())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.wait({working}, timeout=FINISH_S)
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
            raise

    async def _work(self) -> None:
        pause = _PAUSES_S[0]
        while not self._stopping.is_set():
            begun = asyncio.get_running_loop().time()
            try:
                async with queues.opened(self._dsn, **self._pace) as queue:
                    await self._with(queue)
            except Unavailable:
                self._log.warning("worker.waits")
            except Exception as error:  # noqa: BLE001 - a mistake in it must not end the requests beside it
                logs.error(self._log, "worker.failed", error)
            finally:
                self.ready.clear()
            lasted = asyncio.get_running_loop().time() - begun
            pause = _PAUSES_S[0] if lasted > _PAUSES_S[1] else min(2 * pause, _PAUSES_S[1])
            await self._rest(pause)

    async def _with(self, queue: Queue) -> None:
        """Work on that connection until `stop`, or until it is lost."""
        for name in tasks.ERRANDS:
            queue.on(name, self._guarded(name, tasks.of_errand(self._house, name)))

        async def night(payload: bytes) -> None:
            await tasks.night(self._house, queue, payload, self._stopping.is_set)

        at = self._house.settings.retention_at
        queue.on(tasks.NIGHTLY, self._guarded(tasks.NIGHTLY, night), at_once=1)
        queue.daily(tasks.NIGHTLY, at.hour, at.minute, tasks.walk())
        importing = imports.Importing(self._house, self._log, self._stopping.is_set)
        queue.on(errands.IMPORT, self._guarded(errands.IMPORT, importing.do))
        self._keys(queue)
        self._rounds(queue)
        self._header_store(queue)
        self._queue = queue
        if self._stopping.is_set():
            return
        sweeping = asyncio.ensure_future(self._sweep(queue))
        self.ready.set()
        try:
            await queue.work()
        finally:
            self._queue = None
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)

    def _keys(self, queue: Queue) -> None:
        async def turn(_: bytes) -> None:
            await rotation.turn(self._house, self._log, self._stopping.is_set)

        queue.on(rotation.HOURLY, self._guarded(rotation.HOURLY, turn), at_once=1)
        queue.hourly(rotation.HOURLY, self._house.settings.retention_at.minute, rotation.ENTRY)

    def _rounds(self, queue: Queue) -> None:
        async def night(payload: bytes) -> None:
            await rounds.night(self._house, queue, payload, self._stopping.is_set)

        at = self._house.settings.retention_at
        queue.on(rounds.NIGHTLY, self._guarded(rounds.NIGHTLY, night), at_once=1)
        # An hour behind retention, which has the more urgent promises.
        queue.daily(rounds.NIGHTLY, (at.hour + 1) % 24, at.minute, rounds.part())

        async def turn(payload: bytes) -> None:
            await deltas.turn(self._house, queue, payload, self._stopping.is_set)

        queue.on(deltas.HOURLY, self._guarded(deltas.HOURLY, turn), at_once=1)
        queue.hourly(deltas.HOURLY, (at.minute + 30) % 60, deltas.part())

    def _header_store(self, queue: Queue) -> None:
        async def turn(payload: bytes) -> None:
            stopped = self._stopping.is_set
            await header_store.turn(self._house, queue, self._log, payload, stopped)

        queue.on(header_store.NAME, self._guarded(header_store.NAME, turn), at_once=1)
        if self._house.neighbours.header_store is not None:
            queue.every_minute(header_store.NAME, header_store.ENTRY)

    async def _sweep(self, queue: Queue) -> None:
        while not self._stopping.is_set():
            try:
                await sweep.sweep(self._house, queue, [*tasks.ERRANDS, errands.IMPORT])
                self._held = await queue.held()
            except Unavailable:
                self._log.warning("sweep.waits")
            except Exception as error:  # noqa: BLE001 - the next round may do better, and the queue is worked meanwhile
                logs.error(self._log, "sweep.failed", error)
            # Several workers, each at its own moments.
            await self._rest(self._sweep_s * random.uniform(0.8, 1.2))  # noqa: S311 - guards nothing

    def _guarded(self, name: str, do: Do) -> Callable[[Tried], Awaitable[None]]:
        """The task with what becomes of its failures: tried again, later each time, in the end held."""

        async def run(job: Tried) -> None:
            self._waited_s = (datetime.now(UTC) - job.queued_at).total_seconds()
            try:
                await do(job.payload)
            except Again:
                raise
            except OwnerErased:
                self._count(name, "done")
            except Exception as error:  # noqa: BLE001 - whatever it is, the job must not be lost by it
                self._failed(name, job, error)
            else:
                self._count(name, "done")

        return run

    def _failed(self, name: str, job: Tried, error: Exception) -> None:
        """Raises Again, or after the last try GivenUp. That the database is away is no failure of the job."""
        if job.tries + 1 >= TRIES and not isinstance(error, DatabaseDown):
            self._count(name, "given-up")
            logs.error(self._log, "job.given-up", error, task=name, tries=job.tries + 1)
            raise GivenUp from None
        self._count(name, "again")
        self._log.warning("job.again", task=name, error_type=type(error).__name__)
        raise Again(min(2.0**job.tries, LONGEST_S)) from None

    def _count(self, name: str, outcome: str) -> None:
        self._house.metrics.count("contacts_jobs_total", task=name, outcome=outcome).add()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
