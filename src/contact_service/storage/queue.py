"""The job queue (pgqueuer), on a connection of its own that leads past any pooler; no other file knows the library.

Its tables are a migration's (0003), and its names are fixed here: the library would read them from the environment.
A job that ended is gone from the queue; one whose worker died is taken up again once its heartbeat is `stale_s` old.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.errors import FailingListenerError, RetryRequested
from pgqueuer.models import Job, Schedule

from contact_service.model.problem import DatabaseDown
from contact_service.storage import failures, queries

SQL = queries.load("queue")
CHANNEL = Channel("ch_pgqueuer")
NAMES = DBSettings(
    prefix="",
    db_schema="pgqueuer",
    channel=CHANNEL,
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
)
CONNECT_S = 3.0
STATEMENT_S = 30.0
BATCH = 2
"""Jobs fetched at once; twice as many run at most, so that requests keep most of the pool's connections."""


class Again(Exception):
    """Raised by a task: the job is to be tried again after `after_s` seconds."""

    def __init__(self, after_s: float) -> None:
        super().__init__("again")
        self.after_s = after_s


class GivenUp(Exception):
    """Raised by a task after its last try: the job is held in the queue for the operator."""


class Entry(msgspec.Struct, frozen=True):
    """A job to be queued: its task, what the task is given (ids, sealed bytes), and a key under which it waits once."""

    task: str
    payload: bytes
    key: str


class Tried(msgspec.Struct, frozen=True):
    """A job being done: what its task was given, when it was queued, and how often it was tried before."""

    payload: bytes
    queued_at: datetime
    tries: int


Task = Callable[[Tried], Awaitable[None]]


class Queue:
    """One worker's end of the queue; made by `opened`."""

    def __init__(self, con: "asyncpg.Connection[Any]", stale_s: float, poll_s: float) -> None:
        self._con = con
        self._stale = timedelta(seconds=stale_s)
        self._poll = timedelta(seconds=poll_s)
        driver = AsyncpgDriver(con)
        self._queries = Queries(
            driver,
            QueryBuilderEnvironment(NAMES),
            QueryQueueBuilder(NAMES),
            QuerySchedulerBuilder(NAMES),
        )
        self._pgq = PgQueuer(driver, channel=CHANNEL, queries=self._queries)

    async def put(self, entries: Iterable[Entry]) -> None:
        """Queue jobs, but those whose key waits or is being done. Kept when it returns. Raises DatabaseDown (503)."""
        todo = list(entries)
        with _told():
            await self._queries.enqueue(
                [entry.task for entry in todo],
                [entry.payload for entry in todo],
                [0] * len(todo),
                dedupe_key=[entry.key for entry in todo],
                on_conflict="skip",
            )

    def on(self, name: str, task: Task, *, at_once: int = 0) -> None:
        """Have jobs of that name done by `task`, `at_once` of them in all workers together (0: any number).

        The task may raise Again. GivenUp, or anything else, holds the job, and nothing it says is kept. Cancelled, the
        job goes back to the queue.
        """

        async def run(job: Job) -> None:
            try:
                await task(Tried(job.payload or b"", job.created, job.attempts))
            except Again as error:
                raise RetryRequested(timedelta(seconds=error.after_s)) from None
            except asyncio.CancelledError:
                # The library would take a cancelled job for done.
                raise RetryRequested from None
            except Exception:  # noqa: BLE001 - the library would keep its text, which may quote
                raise GivenUp from None

        self._pgq.entrypoint(name, concurrency_limit=at_once, on_failure="hold")(run)

    def daily(self, name: str, hour: int, minute: int, entry: Entry) -> None:
        """Queue the entry once a day at that time (UTC), by one of all workers; at once where the time was missed."""
        self._at(name, f"{minute} {hour} * * *", entry)

    def hourly(self, name: str, minute: int, entry: Entry) -> None:
        """As `daily`, once an hour."""
        self._at(name, f"{minute} * * * *", entry)

    def every_minute(self, name: str, entry: Entry) -> None:
        """As `daily`, once a minute."""
        self._at(name, "* * * * *", entry)

    def _at(self, name: str, when: str, entry: Entry) -> None:
        async def run(_: Schedule) -> None:
            await self.put([entry])

        self._pgq.schedule(name, when)(run)

    async def work(self) -> None:
        """Do jobs until `stop`; those being done end first. Raises DatabaseDown (503) when the connection is lost."""
        with _told():
            await self._pgq.run(
                dequeue_timeout=self._poll,
                batch_size=BATCH,
                max_concurrent_tasks=2 * BATCH,
                shutdown_on_listener_failure=True,
                heartbeat_timeout=self._stale,
                log_aggregation_interval=timedelta(0),
            )

    def stop(self) -> None:
        """Take up no more jobs."""
        self._pgq.shutdown.set()

    async def forget(self, before: datetime) -> None:
        """Drop the queue's log from before that moment."""
        with _told():
            await self._queries.driver.execute(SQL["forget"], before)

    async def held(self) -> int:
        """How many jobs were given up and wait for the operator."""
        with _told():
            rows = await self._queries.driver.fetch(SQL["held"])
        return int(str(rows[0]["count"]))


@contextlib.asynccontextmanager
async def opened(dsn: str, *, stale_s: float = 30.0, poll_s: float = 10.0) -> AsyncIterator[Queue]:
    """A queue on a new connection; `poll_s`: how often it looks without being told. Raises DatabaseDown (503)."""
    limits = {"statement_timeout": str(int(STATEMENT_S * 1000)), "lock_timeout": "2000"}
    settings = {"application_name": "contact-service-jobs", **limits}
    with _told():
        con = await asyncpg.connect(dsn, timeout=CONNECT_S, server_settings=settings)
    try:
        yield Queue(con, stale_s, poll_s)
    finally:
        try:
            await con.close(timeout=1)
        except Exception:  # noqa: BLE001 - whatever it is, the connection must go
            con.terminate()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the driver or the library's watch over its connection raises, as a Problem."""
    try:
        yield
    except failures.DRIVER as error:
        raise failures.problem(error, closed=True) from None
    except FailingListenerError:
        raise DatabaseDown from None
