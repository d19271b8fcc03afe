"""A contact service under test: the real command, started in a temporary folder with raised limits, pinned cores."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from contact_service.cli.bench import machine
from contact_service.model.ids import OwnerId
from contact_service.storage import embedded_place
from contact_service.vault import access, keyring
from contact_service.vault.keyring import Keyring

_RATE = "1000000/100000000"
LIMITS = (
    "READS",
    "WRITES",
    "SYNC",
    "UPLOADS",
    "SEARCH",
    "DISCOVERY",
    "RESOLVE",
    "PRIVACY",
    "DIRECTORY",
    "VALIDATIONS",
    "IMPORTS",
    "DAV",
)
RAISED = {f"CONTACT_LIMIT_{name}": _RATE for name in LIMITS} | {
    "CONTACT_DISCOVERY_AT_ONCE": "1000000000",
    "CONTACT_DISCOVERY_MOST": "1000000000",
    "CONTACT_DISCOVERY_NETWORK_PER_DAY": "0",
    "CONTACT_MATRIX_SERVER_NAME": "example.com",
    "CONTACT_CACHE_BYTES": "256000000",
}
"""Rates are raised, checks stay on; the cache has its default size. Printed with the results."""
KEPT = ("CONTACT_POSTGRES_BIN", "CONTACT_DB_USER")
_SCOPES = ("contacts.read", "contacts.write", "discovery", "privacy", "imports")
_TOKEN_S = 86_400
_STOP_S = 30.0


class NotMeasured(Exception):
    """A benchmark cannot be run or gave a wrong answer; `str` is one line."""


class Spent(msgspec.Struct, frozen=True):
    """CPU seconds so far: the service's programs, and PostgreSQL's."""

    service_s: float
    database_s: float

    def since(self, before: "Spent") -> "Spent":
        """What was spent between two readings."""
        return Spent(self.service_s - before.service_s, self.database_s - before.database_s)

    @property
    def both_s(self) -> float:
        """Service and database together."""
        return self.service_s + self.database_s


class Answered(msgspec.Struct, frozen=True):
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


class Stage:
    """One running service. Made by `opened`."""

    def __init__(self, folder: Path, program: "subprocess.Popen[str]", port: int) -> None:
        self.folder = folder
        self.pid = program.pid
        self.port = port
        self._postmaster, self.sockets = _postmaster(folder)
        self._issuer = access.open_issuer(folder / "keys" / "issuer.json")
        self._tokens: dict[str, str] = {}

    def keyring(self) -> Keyring:
        """The keyring of this installation."""
        return keyring.load(self.folder / "keys" / "keyring.json")

    def token(self, owner: str) -> str:
        """A bearer token of the owner, the same one each time."""
        if owner not in self._tokens:
            made = self._issuer.mint(OwnerId(owner), _SCOPES, _TOKEN_S, time.time())
            self._tokens[owner] = made
        return self._tokens[owner]

    def pin(self) -> None:
        """The service to the first processor, PostgreSQL to the second."""
        first, second = machine.processors()
        service, database = self._programs(machine.stats())
        machine.pin(service, first)
        machine.pin(database, second)

    def memory(self) -> int:
        """Bytes that the service's programs have ever had at once, each at its own peak, since `lowered`."""
        service, _ = self._programs(machine.stats())
        return sum(map(machine.peak, service))

    def lowered(self) -> int:
        """The same, begun anew: what they have now."""
        service, _ = self._programs(machine.stats())
        for pid in service:
            machine.lower_peak(pid)
        return self.memory()

    def spent(self) -> Spent:
        """CPU seconds until now."""
        known = machine.stats()
        service, database = self._programs(known)
        return Spent(machine.spent_s(service, known), machine.spent_s(database, known))

    def ask(
        self,
        method: str,
        path: str,
        owner: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """One request as the owner. Raises NotMeasured when the answer is neither 2xx nor 304."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            sent = {"Authorization": f"Bearer {self.token(owner)}", **(headers or {})}
            if body is not None:
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            got = Answered(answer.status, told, answer.read())
        finally:
            connection.close()
        if not 200 <= got.status < 300 and got.status != 304:
            raise NotMeasured(f"{method} {path} answered {got.status}")
        return got

    def consent(self, owner: str, *more: str) -> None:
        """Record the owner's consents, by the API: those that every book needs, and `more`."""
        given = json.dumps({"policyVersion": "1", "source": "api"}).encode()
        for purpose in ("store", "match", *more):
            self.ask("PUT", f"/v1/privacy/consents/{purpose}", owner, given)

    def command(self, *line: str) -> str:
        """What a `contacts` command prints, run on this installation. Raises NotMeasured when it fails."""
        return run([*_contacts(), *line, "--data-dir", str(self.folder)])

    def sql(self, text: str, rows: bytes | None = None) -> str:
        """What psql prints; `rows` is its stdin. Raises NotMeasured."""
        return run(self.psql(text), rows)

    def psql(self, text: str) -> list[str]:
        """The command line that has the database carry out one statement."""
        quiet = ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"]
        return [str(programs() / "psql"), *quiet, *self.login("-d"), "-c", text]

    def login(self, database: str = "") -> list[str]:
        """How PostgreSQL's own programs reach the database; `database` is the option before its name, if one is."""
        named = [database, "contacts"] if database else ["contacts"]
        return ["-h", str(self.sockets), "-U", "contacts", *named]

    def _programs(self, known: dict[int, machine.Stat]) -> tuple[set[int], set[int]]:
        database = machine.tree(self._postmaster, known)
        return machine.tree(self.pid, known) - database, database


@contextlib.contextmanager
def opened(more: Mapping[str, str] = {}) -> Iterator[Stage]:
    """A fresh service with `more` settings, gone without a trace afterwards. Raises NotMeasured when none starts."""
    with tempfile.TemporaryDirectory(prefix="contacts-bench-") as name:
        folder = Path(name) / "var"
        line = [*_contacts(), "serve", "--data-dir", str(folder), "--port", "0", "--drain", "0"]
        with (Path(name) / "log").open("w") as log:
            program = subprocess.Popen(  # noqa: S603  our own command
                line, stdout=subprocess.PIPE, stderr=log, text=True, env=environment() | dict(more)
            )
        try:
            yield Stage(folder, program, _port(program))
        finally:
            _end(program)
            # Below a folder that PostgreSQL's account cannot enter, the cluster lies elsewhere (embedded_place).
            shutil.rmtree(_home(folder), ignore_errors=True)


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    given = os.environ.get("CONTACT_POSTGRES_BIN")
    return Path(given) if given else embedded_place.wheel()


def environment() -> dict[str, str]:
    """What a service under test is told: nothing of this shell's settings but where PostgreSQL is."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CONTACT_") or name in KEPT
    }
    return inherited | RAISED


def run(line: list[str], stdin: bytes | None = None) -> str:
    """What a program prints. Raises NotMeasured with the end of what it complains of."""
    done = subprocess.run(  # noqa: S603  our own command lines
        line, input=stdin, capture_output=True, check=False, env=environment()
    )
    if done.returncode:
        told = " ".join(done.stderr.decode(errors="replace").split())
        raise NotMeasured(f"{Path(line[0]).name} failed ({done.returncode}): {told[-300:]}")
    return done.stdout.decode()


def _contacts() -> list[str]:
    return [sys.executable, "-m", "contact_service"]


def _port(program: "subprocess.Popen[str]") -> int:
    assert program.stdout is not None, "opened with a pipe"
    told = program.stdout.readline()
    if "://" not in told:
        raise NotMeasured("contacts serve does not start")
    return int(told.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[1])


def _postmaster(folder: Path) -> tuple[int, Path]:
    """(process id, socket folder), as PostgreSQL itself writes them down."""
    lines = (_home(folder) / "postgres" / "postmaster.pid").read_text().split("\n")
    return int(lines[0]), Path(lines[4])


def _home(folder: Path) -> Path:
    elsewhere = folder / "postgres.path"
    return Path(elsewhere.read_text().strip()) if elsewhere.exists() else folder


def _end(program: "subprocess.Popen[str]") -> None:
    program.terminate()
    try:
        program.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    if program.stdout is not None:
        program.stdout.close()
