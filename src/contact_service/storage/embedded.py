"""The embedded PostgreSQL and its supervisor: a direct child that starts, is watched and ends with us.

Rules and their reasons: docs/explanation/embedded-database.md. The child is started from the main thread only, because
the kernel's "tell it when my parent dies" follows the thread.
"""

import asyncio
import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from contact_service.model.problem import DatabaseDown
from contact_service.storage import embedded_account, embedded_cluster, embedded_place
from contact_service.storage.embedded_account import Account
from contact_service.storage.embedded_place import Place

_POLL_S = 0.01
_WATCH_S = 0.05
_STOP_S = 20.0
_PAUSES_S = (
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
)  # between attempts to start: a killed server's children need a moment to go
_CRASHES, _WITHIN_S = 5, 300.0


class Embedded:
    """A running PostgreSQL of ours; made by `start`, ended by `stop`. `dsn` is what `Db.open` takes."""

    def __init__(self, place: Place, account: Account, command: list[str], lock: int) -> None:
        self.dsn = f"postgresql://{embedded_cluster.USER}@/{embedded_cluster.DATABASE}?host={quote(str(place.sockets))}"
        self.place = place
        self._account = account
        self._command = command
        self._lock = lock
        self._child: subprocess.Popen[bytes] | None = None
        self._crashes: list[float] = []
        self._stopping = False

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        db_user: str | None = None,
        bin_dir: Path | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> "Embedded":
        """Make the cluster on first use, start it and return when it takes connections.

        From the main thread. `durable=False` skips fsync while making the cluster, and `settings` overrides server
        settings: both for tests. Raises DatabaseDown (503) with one helpful line (and the log's end).
        """
        data_dir = data_dir.absolute()
        lock = embedded_place.lock(data_dir)
        server = None
        try:
            place, account = embedded_place.settle(data_dir, db_user)
            programs = embedded_place.binaries(place, account, bin_dir)
            _end_orphan(place)
            embedded_cluster.make(place, account, programs, durable=durable)
            command = embedded_cluster.command(place, account, programs, settings or {})
            server = cls(place, account, command, lock)
            for pause in server._launch():
                time.sleep(pause)
        except BaseException as error:
            os.close(lock) if server is None else server.stop()
            if isinstance(error, OSError):
                raise _unusable(data_dir, error) from None
            raise
        if (
            sys.platform != "linux"
        ):  # no kernel to tell the child that we died: at least when we end in order
            atexit.register(server.stop)
        return server

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None when there is none."""
        return self._child.pid if self._child and self._child.returncode is None else None

    def running(self) -> bool:
        """Whether the server is there and says that it takes connections."""
        return self._child is not None and self._child.poll() is None and self._ready()

    async def watch(self) -> None:
        """Start the server again whenever it goes; run this in the main thread's loop for as long as we serve.

        Ends after `stop`. Raises DatabaseDown (503) after 5 crashes in 5 minutes: then the process should exit.
        """
        while not self._stopping:
            await asyncio.sleep(_WATCH_S)
            if self._stopping or self._child is None or self._child.poll() is None:
                continue
            self._count_crash()
            for pause in self._launch():
                await asyncio.sleep(pause)

    def stop(self) -> None:
        """Shut down fast, at worst at once, and give the data directory free. Call it once the pools are closed."""
        self._stopping = True
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGQUIT)
                child.wait()
        if self._lock >= 0:
            embedded_place.leave(self.place)
            os.close(self._lock)
            self._lock = -1

    def _launch(self) -> Iterator[float]:
        """Start the child and wait for it; yields the seconds to sleep, so that it serves a thread and a loop alike."""
        for pause in _PAUSES_S:
            if self._stopping:
                return
            self._spawn()
            yield from self._until_ready_or_gone()
            if self._stopping or self.running():
                return
            yield pause
        told = embedded_cluster.last_lines(self.place.log)
        raise DatabaseDown(detail=f"PostgreSQL does not start:\n{told}")

    def _until_ready_or_gone(self) -> Iterator[float]:
        # No limit: after a crash it may replay much, and it is not ours to give up while it works.
        while not self._stopping and self._child is not None and self._child.poll() is None:
            if self._ready():
                return
            yield _POLL_S

    def _spawn(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("PostgreSQL must be started from the main thread")
        with self.place.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own command line, no shell
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C in the terminal reaches us alone: we end it last
                preexec_fn=embedded_account.dies_with_us(),  # noqa: PLW1509 - two system calls, no locks
                **embedded_account.child(self._account),
            )

    def _ready(self) -> bool:
        lines = _pid_file(self.place)
        return (
            self._child is not None
            and len(lines) >= 8
            and lines[0] == str(self._child.pid)
            and lines[7].strip() == "ready"
        )

    def _count_crash(self) -> None:
        now = time.monotonic()
        self._crashes = [at for at in self._crashes if now - at < _WITHIN_S] + [now]
        if len(self._crashes) >= _CRASHES:
            raise DatabaseDown(detail=f"PostgreSQL crashed {_CRASHES} times in {_WITHIN_S:.0f} s.")


def _unusable(data_dir: Path, error: OSError) -> DatabaseDown:
    return DatabaseDown(detail=f"PostgreSQL cannot be set up in {data_dir}: {error.strerror}.")


def _pid_file(place: Place) -> list[str]:
    try:
        return (place.cluster / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return []


def _end_orphan(place: Place) -> None:
    """End a server that outlived its supervisor: we hold the lock, so it is nobody else's. Its pid file stays to it."""
    lines = _pid_file(place)
    if not lines or not lines[0].isdigit() or not _serves(int(lines[0]), place.cluster):
        return
    pid = int(lines[0])
    os.kill(pid, signal.SIGINT)
    until = time.monotonic() + _STOP_S
    while _serves(pid, place.cluster):
        if time.monotonic() > until:
            raise DatabaseDown(
                detail=f"An older PostgreSQL (process {pid}) on this directory does not end."
            )
        time.sleep(_POLL_S)


def _serves(pid: int, cluster: Path) -> bool:
    # A number alone proves nothing after a reboot: it may be anybody's by now.
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return False
        asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        line = subprocess.run(asked, capture_output=True, check=False).stdout  # noqa: S603 - a number, no shell
    return os.fsencode(cluster) in line
