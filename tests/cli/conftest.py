"""Commands in this process, beside a database that already runs on their data directory, as beside a service."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import open_folder
from contact_service.cli import main as cli
from contact_service.storage.embedded import Embedded


class Said(msgspec.Struct):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Contacts = Callable[..., Said]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in [name for name in os.environ if name.startswith("CONTACT_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with open_folder() as folder:
        server = Embedded.start(folder / "d", durable=False)
        yield folder / "d"
        server.stop()


@pytest.fixture
def contacts(data_dir: Path, capsysbinary) -> Contacts:
    """`contacts("token", "ann")`, on the module's data directory."""

    def run(*arguments: str, data_dir: Path | None = data_dir) -> Said:
        where = [] if data_dir is None else ["--data-dir", str(data_dir)]
        code = cli.main([*arguments, *where])
        told = capsysbinary.readouterr()
        return Said(code, told.out.decode(), told.err.decode())

    return run
