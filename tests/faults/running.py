"""`contacts serve` in a process of its own, for tests that end it in every way there is."""

import contextlib
import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import scratch
from contact_service.model.ids import OwnerId
from contact_service.vault import access

SOURCE = Path(__file__).parents[2] / "src"
SCOPES = ("contacts.read", "contacts.write", "discovery", "privacy", "imports", "directory.write")


def environ(**more: str) -> dict[str, str]:
    """The environment without settings of the caller's own, plus these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CONTACT_")}
    return {**kept, "PYTHONPATH": str(SOURCE), **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "contact_service", *arguments]


@contextlib.contextmanager
def data_dir() -> Iterator[Path]:
    """An empty folder that the database's account can reach; it must be free of processes at the end."""
    with tempfile.TemporaryDirectory(
        prefix="cs-run-", dir=scratch.place(), ignore_cleanup_errors=True
    ) as made:
        Path(made).chmod(0o711)
        yield Path(made) / "d"
        until(lambda: not processes_of(Path(made)), "processes left running")


def processes_of(folder: Path) -> list[int]:
    """The living processes whose command line or environment's data directory names the folder."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            with contextlib.suppress(OSError):
                named = str(folder).encode()
                if named in (place / "cmdline").read_bytes() or _worker_of(place, named):
                    found.append(int(place.name))
    return found


def _worker_of(place: Path, named: bytes) -> bool:
    line = (place / "cmdline").read_bytes()
    return b"contact_service.wiring.worker" in line and named in (place / "environ").read_bytes()


def until(true: Any, why: str, within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, why
        time.sleep(0.01)


class Service:
    """A running service; `start_s` is how long it took until its line."""

    def __init__(
        self,
        data: Path,
        *options: str,
        prefix: tuple[str, ...] = (),
        program: tuple[str, ...] = ("-m", "contact_service"),
        **env: str,
    ) -> None:
        self.data = data
        begun = time.monotonic()
        line = [*prefix, sys.executable, *program, "serve"]
        line += ["--data-dir", str(data), "--port", "0", *options]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the object
        self.process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=self._errors, env=environ(**env), text=True
        )
        self.lines = [self._first_line()]
        self.start_s = time.monotonic() - begun
        found = re.search(r"http://[\d.]+:(\d+)", self.lines[0])
        assert found, (self.lines, self.errors())
        self.port = int(found[1])

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        return self.process.stdout.readline() if ready else ""

    def errors(self) -> str:
        """What it wrote to stderr."""
        if not self._errors.closed:
            self._errors.seek(0)
            self._told = self._errors.read().decode()
        return self._told

    def token(self, owner: str) -> str:
        issuer = access.open_issuer(self.data / "keys" / "issuer.json")
        return issuer.mint(OwnerId(owner), SCOPES, 3600, time.time())

    def ask(
        self, method: str, path: str, owner: str = "", body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """One request on a connection of its own: (status, JSON). Raises OSError, HTTPException when it is cut."""
        sent = {"Content-Type": "application/json", **headers}
        if owner:
            sent["Authorization"] = f"Bearer {self.token(owner)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, raw, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kind = answer.getheader("content-type") or ""
        is_json = "json" in kind and "ndjson" not in kind
        return answer.status, json.loads(content) if is_json else content

    def consent(self, owner: str, *purposes: str) -> None:
        for purpose in purposes:
            path = f"/v1/privacy/consents/{purpose}"
            status, told = self.ask("PUT", path, owner, {"policyVersion": "1", "source": "api"})
            assert status == 200, told

    def postmaster(self) -> int:
        """The process id of its PostgreSQL."""
        return int((self.data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def kill(self) -> None:
        """kill -9, and wait until nothing of it is left."""
        self.process.kill()
        self._ended()

    def stop(self, number: int = signal.SIGINT) -> int:
        """End it by a signal; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self._ended()

    def _ended(self) -> int:
        code = self.process.wait(60)
        if self._errors.closed:
            return code
        assert self.process.stdout is not None
        self.lines += self.process.stdout.readlines()
        self.process.stdout.close()
        self.errors()
        self._errors.close()
        until(lambda: not processes_of(self.data), "processes left running")
        return code


@contextlib.contextmanager
def service(data: Path, *options: str, **more: Any) -> Iterator[Service]:
    started = Service(data, *options, **more)
    try:
        yield started
    finally:
        started.stop()
