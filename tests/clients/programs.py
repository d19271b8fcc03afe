"""vdirsyncer and khard as a person runs them: programs of the environment, each run a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from clients.account import Account

BIN = Path(sys.executable).parent
_PAIR = """
[general]
status_path = "{folder}/status/"

[pair cards]
a = "files"
b = "server"
collections = ["from a", "from b"]
metadata = ["displayname"]
{resolution}

[storage files]
type = "filesystem"
path = "{folder}/books/"
fileext = ".vcf"

[storage server]
type = "carddav"
url = "{account.url}"
username = "{account.username}"
password = "{account.password}"
"""
_BOOKS = """
[addressbooks]
[[contacts]]
path = {path}

[general]
default_action = list
editor = true
merge_editor = true

[contact table]
display = formatted_name
"""


class Said(NamedTuple):
    """What a program told: its exit code; its output and its errors as one text."""

    code: int
    text: str


class Vdirsyncer:
    """vdirsyncer with one pair: a folder of books (a) and an account that is named by its host alone (b)."""

    def __init__(self, folder: Path, account: Account, resolution: str = "") -> None:
        self.folder = folder
        self.books = folder / "books"
        self.books.mkdir(parents=True)
        self._account = account
        self.resolve(resolution)

    @property
    def contacts(self) -> Path:
        """The folder of the default book."""
        return self.books / "contacts"

    def resolve(self, resolution: str) -> None:
        """Set `conflict_resolution`, as it stands in the file ("" for none)."""
        told = f"conflict_resolution = {resolution}" if resolution else ""
        text = _PAIR.format(folder=self.folder, account=self._account, resolution=told)
        (self.folder / "config").write_text(text, encoding="utf-8")

    def __call__(self, *arguments: str) -> Said:
        """Run it; each question is answered with yes."""
        command = [str(BIN / "vdirsyncer"), "-c", str(self.folder / "config"), *arguments]
        return _run(command, "y\n" * 20)

    def discover(self) -> Said:
        """Find the books, and make each where it is missing."""
        told = self("-v", "DEBUG", "discover")
        assert told.code == 0, told.text
        return told

    def sync(self, *arguments: str) -> Said:
        """Carry changes both ways. The folder has settled when the run ends well."""
        told = self("sync", *arguments)
        assert told.code == 0, told.text
        return told

    def refuses(self) -> str:
        """A sync that must end with an error; what it told."""
        told = self("sync")
        assert told.code == 1, told.text
        return told.text

    def finds_nothing_to_do(self) -> bool:
        """Whether a run changes nothing on either side: no card copied or deleted, no file touched, no write there."""
        before = self._state()
        told = sorted(self.sync().text.splitlines())
        quiet = sorted(f"Syncing cards/{path.name}" for path in self.books.iterdir())
        return told == quiet and self._state() == before

    def _state(self) -> object:
        stamps = {path: path.stat().st_mtime_ns for path in self.books.rglob("*")}
        return self._account.state(), stamps

    def files(self, book: str = "contacts") -> dict[str, bytes]:
        """The files of a book."""
        return {path.name: path.read_bytes() for path in (self.books / book).glob("*.vcf")}


class Khard:
    """khard over one folder of cards."""

    def __init__(self, folder: Path, cards: Path) -> None:
        self._folder = folder
        (folder / "khard.conf").write_text(_BOOKS.format(path=cards), encoding="utf-8")

    def __call__(self, *arguments: str, yaml: str = "") -> str:
        """Run it, with the text of a contact where it takes one; what it told. Its question is answered with yes."""
        command = [str(BIN / "khard"), "-c", str(self._folder / "khard.conf"), *arguments]
        if yaml:
            (self._folder / "input.yaml").write_text(yaml, encoding="utf-8")
            command[4:4] = ["-i", str(self._folder / "input.yaml")]
        told = _run(command, "yes\n" * 3)
        assert told.code == 0, told.text
        return told.text


def _run(command: list[str], said: str) -> Said:
    done = subprocess.run(
        command,
        input=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    return Said(done.returncode, done.stdout)
