"""The programs beside the service: the load generator, the bare server, pgbench. Each on the processor meant for it."""

import contextlib
import http.client
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from contact_service.cli.bench import machine, stage
from contact_service.cli.bench.load import Done, Job
from contact_service.cli.bench.stage import NotMeasured, Stage
from contact_service.storage import queries

_BENCH = "contact_service.cli.bench"
_CLIENTS = "8"
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FAILED = re.compile(r"number of failed transactions: ([0-9]+)")


class Generator:
    """The running load generator. Made by `generator`."""

    def __init__(self, program: "subprocess.Popen[bytes]", folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._files = 0

    def requests(self, made: list[bytes]) -> str:
        """Keep requests for `run`; returns their file."""
        self._files += 1
        file = self._folder / f"requests-{self._files}"
        file.write_bytes(msgspec.msgpack.encode(made))
        return str(file)

    def run(self, port: int, file: str, seconds: float, expect: int = 200) -> Done:
        """Send them for `seconds` (0: each once). Raises NotMeasured when one answer has another status."""
        assert self._program.stdin is not None, "opened with pipes"
        assert self._program.stdout is not None, "opened with pipes"
        job = Job("127.0.0.1", port, file, seconds, expect)
        self._program.stdin.write(msgspec.json.encode(job) + b"\n")
        self._program.stdin.flush()
        told = self._program.stdout.readline()
        if not told:
            raise NotMeasured("the load generator has ended")
        done = msgspec.json.decode(told, type=Done)
        if done.failures:
            raise NotMeasured(f"{done.failures} of {done.requests} answers are not {expect}")
        return done


@contextlib.contextmanager
def generator() -> Iterator[Generator]:
    """The load generator, on the second processor."""
    line = [sys.executable, "-m", f"{_BENCH}.load"]
    with tempfile.TemporaryDirectory(prefix="contacts-bench-") as folder:
        program = subprocess.Popen(  # noqa: S603  our own command
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            machine.pin([program.pid], machine.processors()[1])
            yield Generator(program, Path(folder))
        finally:
            _end(program)


class BareServer:
    """The running bare server. Made by `bare`."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    def spent_s(self) -> float:
        """CPU seconds until now."""
        return machine.spent_s([self.pid], machine.stats())

    def get(self, path: str) -> bytes:
        """The body at a path."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("GET", path)
            return connection.getresponse().read()


@contextlib.contextmanager
def bare(bodies: Mapping[str, bytes]) -> Iterator[BareServer]:
    """The bare server with these bodies by path, on the first processor."""
    with tempfile.NamedTemporaryFile(prefix="contacts-bench-") as file:
        file.write(msgspec.msgpack.encode(dict(bodies)))
        file.flush()
        line = [sys.executable, "-m", f"{_BENCH}.bare", file.name]
        program = subprocess.Popen(line, stdout=subprocess.PIPE)  # noqa: S603  our own command
        try:
            assert program.stdout is not None, "opened with a pipe"
            told = program.stdout.readline()
            if not told:
                raise NotMeasured("the bare server does not start")
            machine.pin([program.pid], machine.processors()[0])
            yield BareServer(program.pid, int(told))
        finally:
            program.terminate()
            _end(program)


class PointReads:
    """pgbench's point reads of card rows by primary key: the statement that the service itself has for one card."""

    def __init__(self, at: Stage, cards: list[tuple[str, str]], folder: Path) -> None:
        """`cards` are (owner, card id), the parameters of a prepared statement each: nothing is computed for a read."""
        self._at = at
        self._scripts: list[str] = []
        statement = queries.load("cards")["get"]
        for number, (owner, card) in enumerate(cards):
            file = folder / f"read-{number}.sql"
            text = statement.replace("$1", f":owner{number}").replace("$2", f":card{number}")
            file.write_text(" ".join(text.split()) + ";\n")
            self._scripts += ["-f", str(file)]
            self._scripts += ["-D", f"owner{number}={owner}", "-D", f"card{number}={card}"]

    def run(self, seconds: float) -> float:
        """Reads a second by 8 clients, prepared. Raises NotMeasured."""
        whole = max(1, round(seconds))
        shape = ["-n", "-M", "prepared", "-c", _CLIENTS, "-j", "1", "-T", str(whole)]
        line = [str(stage.programs() / "pgbench"), *shape, *self._scripts, *self._at.login()]
        program = subprocess.Popen(  # noqa: S603  PostgreSQL's own program
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        machine.pin([program.pid], machine.processors()[0])
        told, complaint = program.communicate()
        found, failed = _TPS.search(told), _FAILED.search(told)
        if program.returncode or found is None or (failed and failed[1] != "0"):
            raise NotMeasured(f"pgbench failed: {' '.join(complaint.split())[-300:]}")
        return float(found[1])


@contextlib.contextmanager
def point_reads(at: Stage, cards: list[tuple[str, str]]) -> Iterator[PointReads]:
    """Run pgbench over these (owner, card id), at most 100."""
    with tempfile.TemporaryDirectory(prefix="contacts-bench-") as folder:
        yield PointReads(at, cards[:100], Path(folder))


def _end(program: "subprocess.Popen[bytes]") -> None:
    if program.stdin is not None:
        program.stdin.close()
    try:
        program.wait(10)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    if program.stdout is not None:
        program.stdout.close()
