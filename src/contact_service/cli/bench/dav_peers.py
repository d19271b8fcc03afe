"""CardDAV servers of others, installed from PyPI into a folder of their own and started over a book of our cards."""

import base64
import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from contact_service.cli.bench import stage
from contact_service.cli.bench.stage import NotMeasured

RADICALE, XANDIKOS = "Radicale 3.9", "Xandikos 0.4"
_PINNED = ("radicale==3.9.0", "xandikos==0.4.10")
_READY_S = 120.0
_LOGIN = {"Authorization": "Basic " + base64.b64encode(b"user:user").decode()}

Cards = Sequence[tuple[str, bytes]]
"""Resource names and vCards."""


class Served(msgspec.Struct, frozen=True):
    """A server that answers: where, the path of its book, and what each request carries."""

    name: str
    port: int
    book: str
    headers: dict[str, str]


class Peer(msgspec.Struct, frozen=True):
    """A peer that is installed; `start` serves a folder, `fill` puts cards into its book without its help."""

    name: str
    fill: Callable[[Path, Cards], None]
    start: Callable[[Path], contextlib.AbstractContextManager[Served]]


@contextlib.contextmanager
def installed(folder: Path) -> Iterator[list[Peer]]:
    """The peers, in a virtual environment below `folder`. Raises NotMeasured when they cannot be had."""
    home = folder / "peers"
    stage.run([sys.executable, "-m", "venv", str(home)])
    python = home / "bin" / "python"
    stage.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *_PINNED])
    yield [
        Peer(RADICALE, _fill_radicale, lambda data: _radicale(python, data)),
        Peer(
            XANDIKOS,
            lambda data, cards: _fill_xandikos(python, data, cards),
            lambda data: _xandikos(home, data),
        ),
    ]


def _fill_radicale(data: Path, cards: Cards) -> None:
    book = data / "collection-root" / "user" / "contacts"
    book.mkdir(parents=True)
    (book / ".Radicale.props").write_text('{"tag": "VADDRESSBOOK"}')
    for name, card in cards:
        (book / name).write_bytes(card)


@contextlib.contextmanager
def _radicale(python: Path, data: Path) -> Iterator[Served]:
    port = _free_port()
    line = [str(python), "-m", "radicale", "--config", "", "--auth-type", "none"]
    line += ["--storage-filesystem-folder", str(data), "--server-hosts", f"127.0.0.1:{port}"]
    with _running(line, data, port):
        yield Served(RADICALE, port, "/user/contacts/", _LOGIN)


_COMMIT = """
import sys
from dulwich import porcelain
from dulwich.repo import Repo
where = sys.argv[1]
repo = Repo(where)
porcelain.add(repo, [f"{where}/{name}" for name in sys.stdin.read().split("\\n") if name])
porcelain.commit(repo, b"cards", author=b"a <a@example.org>", committer=b"a <a@example.org>")
"""


def _fill_xandikos(python: Path, data: Path, cards: Cards) -> None:
    with _xandikos(python.parent.parent, data):
        pass  # makes the book
    book = data / "user" / "contacts" / "addressbook"
    for name, card in cards:
        (book / name).write_bytes(card)
    stage.run([str(python), "-c", _COMMIT, str(book)], "\n".join(n for n, _ in cards).encode())


@contextlib.contextmanager
def _xandikos(home: Path, data: Path) -> Iterator[Served]:
    port = _free_port()
    line = [str(home / "bin" / "xandikos"), "serve", "-d", str(data), "--defaults"]
    line += ["-l", "127.0.0.1", "-p", str(port), "--current-user-principal", "/user/"]
    line += ["--state-dir", str(data.parent / "state"), "--no-detect-systemd"]
    with _running(line, data, port):
        yield Served(XANDIKOS, port, "/user/contacts/addressbook/", {})


@contextlib.contextmanager
def _running(line: list[str], data: Path, port: int) -> Iterator[None]:
    data.mkdir(parents=True, exist_ok=True)
    with (data.parent / f"{data.name}.log").open("w") as log:
        environ = stage.environment()
        program = subprocess.Popen(line, stdout=log, stderr=log, env=environ)  # noqa: S603  our own command line
    try:
        _wait(program, port, data.name)
        yield
    finally:
        program.terminate()
        program.wait()


def _wait(program: "subprocess.Popen[bytes]", port: int, name: str) -> None:
    until = time.monotonic() + _READY_S
    while program.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("OPTIONS", "/")
            connection.getresponse().read()
            return
        time.sleep(0.05)  # nothing tells when a server listens but asking again
    raise NotMeasured(f"{name} does not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found
