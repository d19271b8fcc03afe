"""The parent of several workers: they share one listening socket, a dead one is replaced, all end before the parent."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from contact_service.settings.environment import Settings
from contact_service.storage import embedded_account
from contact_service.telemetry import logs
from contact_service.wiring.database import Database
from contact_service.wiring.serving import Chore, Stopped

_LOOK_S = 0.05
_DEATHS, _WITHIN_S = 5, 60.0
_LAST_S = 30.0


class WorkersDie(Exception):
    """Workers end again and again; one line for the operator."""


class Crew:
    """The workers of one parent."""

    def __init__(self, bound: socket.socket, environ: dict[str, str], drain_s: float) -> None:
        self._bound = bound
        self._environ = environ
        self._drain_s = drain_s
        self._running: list[subprocess.Popen[bytes]] = []
        self._deaths: list[float] = []
        self.stopping = False

    def add(self) -> int:
        """Start a worker; the descriptor returned becomes readable once it answers (or has died)."""
        told, tells = os.pipe()
        line = [sys.executable, "-m", "contact_service.wiring.worker"]
        line += [str(self._bound.fileno()), str(tells), str(self._drain_s)]
        worker = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            line,
            env=self._environ,
            pass_fds=(self._bound.fileno(), tells),
            process_group=0,  # Ctrl-C in the terminal reaches the parent alone, which tells them
            preexec_fn=embedded_account.dies_with_us(),  # noqa: PLW1509 - two system calls, no locks
        )
        os.close(tells)
        self._running.append(worker)
        return told

    def pids(self) -> list[int]:
        """The workers' process ids."""
        return [worker.pid for worker in self._running]

    def signal(self, number: int) -> None:
        """Tell all workers."""
        for worker in self._running:
            if worker.poll() is None:
                worker.send_signal(number)

    async def keep(self) -> None:
        """Replace workers that end, until all have ended after `stopping`. Raises WorkersDie."""
        log = logs.make()
        while self._running:
            await asyncio.sleep(_LOOK_S)
            for worker in [w for w in self._running if w.poll() is not None]:
                self._running.remove(worker)
                if not self.stopping:
                    log.warning("worker.ended", pid=worker.pid, status=worker.returncode)
                    self._count_death()
                    os.close(self.add())

    async def end(self) -> None:
        """End those that are left: asked first, killed after 30 s."""
        self.stopping = True
        self.signal(signal.SIGINT)
        until = time.monotonic() + _LAST_S
        while any(worker.poll() is None for worker in self._running):
            if time.monotonic() > until:
                self.signal(signal.SIGKILL)
            await asyncio.sleep(_LOOK_S)

    def _count_death(self) -> None:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _WITHIN_S] + [now]
        if len(self._deaths) >= _DEATHS:
            raise WorkersDie(f"Workers ended {_DEATHS} times in {_WITHIN_S:.0f} s: see the log.")


async def lead(
    settings: Settings,
    where: Database,
    bound: socket.socket,
    *,
    watch: tuple[Chore, ...],
    ready: Callable[[], None],
    drain_s: float,
) -> None:
    """Run the workers until a signal says stop; `ready` is called once they answer. Raises WorkersDie, Stopped."""
    crew = Crew(bound, _environ(settings, where), drain_s)
    pipes = [crew.add() for _ in range(settings.workers)]
    _pass_on_signals(crew)
    chores = [asyncio.ensure_future(chore()) for chore in watch]
    keeping = asyncio.ensure_future(crew.keep())
    try:
        answering = [await _byte(pipe) for pipe in pipes]
        # One that died while starting is being replaced; the socket is answered as long as any of them lives.
        if any(answering) and not crew.stopping:
            ready()
        done, _ = await asyncio.wait([keeping, *chores], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except asyncio.CancelledError:
        crew.signal(signal.SIGKILL)
        raise Stopped from None
    finally:
        for task in (keeping, *chores):
            task.cancel()
        await asyncio.gather(keeping, *chores, return_exceptions=True)
        await crew.end()


def _environ(settings: Settings, where: Database) -> dict[str, str]:
    """The parent's environment, with what options changed: the workers read their settings from it."""
    environ = dict(os.environ)
    environ |= {
        "CONTACT_DATA_DIR": str(settings.data_dir.absolute()),
        "CONTACT_DATABASE_URL": where.dsn,
        "CONTACT_DATABASE_DIRECT_URL": where.direct,
        "CONTACT_WORKERS": str(settings.workers),
        "CONTACT_JOBS": "on" if settings.jobs else "off",
    }
    # A secret given as a file would now be given twice.
    for name in ("CONTACT_DATABASE_URL_FILE", "CONTACT_DATABASE_DIRECT_URL_FILE"):
        environ.pop(name, None)
    return environ


def _pass_on_signals(crew: Crew) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "called from a coroutine"

    def stop(number: int) -> None:
        if crew.stopping:
            task.cancel()
            return
        crew.stopping = True
        crew.signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)


async def _byte(pipe: int) -> bool:
    """Whether the worker at the other end said that it answers."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(pipe, readable.set)
    try:
        await readable.wait()
        return bool(os.read(pipe, 1))
    finally:
        loop.remove_reader(pipe)
        os.close(pipe)
