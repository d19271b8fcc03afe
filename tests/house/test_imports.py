"""Laws 1-3 and 5: the contracts of .importlinter, and what import-linter cannot see. Each is shown to bite."""

import ast
import configparser
import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from house import tree
from house.tree import OF_CLIENT, OURS, Source

CONFIG = tree.ROOT / ".importlinter"
_LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
_ROOTS = (f"{tree.PACKAGE}.", f"{tree.CLIENT.name}.")
ROOMS = "Rooms are stacked: imports only go down"
APART = "The service, its client and the emulated neighbours share the wire and nothing else"
# Contract, file that is written to, line that is planted.
PLANTED = [
    (ROOMS, "model/ids.py", "from contact_service.matching import phones"),
    (ROOMS, "matching/phones.py", "from contact_service.formats import jscontact"),
    (ROOMS, "formats/jscontact.py", "from contact_service.vault import blind"),
    (ROOMS, "vault/blind.py", "from contact_service.storage import blocks"),
    (ROOMS, "integrations/jwks.py", "from contact_service.vault import jose"),
    (ROOMS, "storage/blocks.py", "from contact_service.actions import block"),
    (ROOMS, "actions/block.py", "from contact_service.endpoints import limits"),
    (ROOMS, "endpoints/limits.py", "from contact_service.wiring import tuning"),
    (ROOMS, "endpoints/limits.py", "from contact_service.jobs import tasks"),
    (ROOMS, "jobs/sweep.py", "from contact_service.endpoints import limits"),
    (ROOMS, "wiring/tuning.py", "from contact_service.cli import options"),
    (ROOMS, "settings/kinds.py", "from contact_service.model import ids"),
    (ROOMS, "telemetry/logs.py", "from contact_service.model import ids"),
    (ROOMS, "settings/kinds.py", "from contact_service.telemetry import logs"),
    (ROOMS, "attic/__init__.py", '"""A room nobody gave a floor."""'),
    (ROOMS, "model/ids.py", "def late():\n    from contact_service.matching import phones"),
    ("No circles, in no room", "model/ids.py", "from contact_service.model import block"),
    (
        "No circles, in no room",
        "formats/vcard/text.py",
        "from contact_service.formats.vcard import reading",
    ),
    (
        "The ways in are independent of each other",
        "endpoints/web/forms.py",
        "from contact_service.endpoints.json import bodies",
    ),
    (
        "Storage meets neither plaintext nor keys",
        "storage/blocks.py",
        "from contact_service.model import card",
    ),
    (
        "Storage meets neither plaintext nor keys",
        "storage/blocks.py",
        "from contact_service.formats import jscontact",
    ),
    ("Storage meets neither plaintext nor keys", "storage/blocks.py", "import cryptography"),
    (
        "The vault seals what it is given and reads no format",
        "vault/cards.py",
        "from contact_service.formats import jscontact",
    ),
    (
        "The directory is probed by the gate alone",
        "actions/match.py",
        "from contact_service.storage import directory",
    ),
    (
        "Model, matching and formats know no clock, chance, file or neighbour",
        "model/ids.py",
        "import time",
    ),
    ("The database is spoken to by storage alone", "actions/block.py", "import asyncpg"),
    (APART, "endpoints/limits.py", "from contact_client import feed"),
    (APART, "../contact_client/feed.py", "from contact_service.model import ids"),
    (APART, "endpoints/limits.py", "import contact_emulators"),
    ("No circles, in no room", "../contact_client/wire.py", "from contact_client import client"),
]


def lint(source: Path) -> tuple[int, set[str], str]:
    """Exit code, names of the broken contracts and all that was said, of the package below `source`."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _LINT,
            "--no-logo",
            "--cache-dir",
            str(source / "read"),
            str(CONFIG),
        ],
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200"},
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    return done.returncode, set(re.findall(r"^(.+) BROKEN", said, re.MULTILINE)), said


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for root in (tree.SOURCE, tree.CLIENT):
        shutil.copytree(root, folder / root.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@contextlib.contextmanager
def planting(file: Path, line: str) -> Iterator[None]:
    """The file with one more line, or made with it alone; afterwards as it was."""
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    yield
    if before is None:
        shutil.rmtree(file.parent)
    else:
        file.write_text(before, encoding="utf-8")


def test_every_contract_is_kept(copied: Path) -> None:
    code, broken, said = lint(copied)
    assert (code, broken) == (0, set()), said


@pytest.mark.parametrize(("contract", "where", "line"), PLANTED)
def test_a_planted_import_breaks(copied: Path, contract: str, where: str, line: str) -> None:
    with planting(copied / tree.PACKAGE / where, line):
        code, broken, said = lint(copied)
    assert code == 1, said
    assert contract in broken, said


def test_every_contract_has_a_planted_breach() -> None:
    config = configparser.ConfigParser()
    config.read(CONFIG, encoding="utf-8")
    names = {config[section]["name"] for section in config.sections() if "contract" in section}
    assert names == {contract for contract, _, _ in PLANTED}


def local_imports(files: Iterable[Source]) -> list[str]:
    """Imports of our own package anywhere but at the top of a module."""
    return [
        file.at(node)
        for file in files
        for node in ast.walk(file.tree)
        if _ours(node) and node not in file.tree.body
    ]


def checking_imports(files: Iterable[Source]) -> list[str]:
    return [
        file.at(node)
        for file in files
        for node in ast.walk(file.tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and "TYPE_CHECKING" in {getattr(node, "id", ""), getattr(node, "attr", "")}
    ]


def dynamic_imports(files: Iterable[Source]) -> list[str]:
    """Calls of import_module and __import__: no contract sees through them."""
    return [
        file.at(node)
        for file in files
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"(importlib\.)?import_module|__import__", ast.unparse(node.func))
    ]


def relative_imports(files: Iterable[Source]) -> list[str]:
    return [
        file.at(node)
        for file in files
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def whole_rooms(files: Iterable[Source]) -> list[str]:
    """Imports of a room, or of the house, as a whole: `storage.directory` read off one passes every contract unseen."""
    return [
        file.at(node)
        for file in files
        for node in ast.walk(file.tree)
        if (isinstance(node, ast.ImportFrom) and node.module == tree.PACKAGE)
        or (isinstance(node, ast.Import) and _ours(node))
    ]


def _ours(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or f"{node.module}.".startswith(_ROOTS)
    return isinstance(node, ast.Import) and any(
        f"{name.name}.".startswith(_ROOTS) for name in node.names
    )


RULES = {
    "local": (local_imports, "def f():\n    from contact_service.model import ids\n"),
    "conditional": (local_imports, "try:\n    import contact_service.model\nfinally: ...\n"),
    "checking": (checking_imports, "import typing\nif typing.TYPE_CHECKING:\n    import x\n"),
    "dynamic": (
        dynamic_imports,
        "import importlib\nx = importlib.import_module('contact_service')\n",
    ),
    "relative": (relative_imports, "from . import ids\n"),
    "whole": (whole_rooms, "from contact_service import storage\nx = storage.directory\n"),
    "dotted": (whole_rooms, "import contact_service.storage\n"),
}


@pytest.mark.parametrize("rule", RULES)
def test_no_import_hides_as(rule: str) -> None:
    assert RULES[rule][0]((*OURS, *OF_CLIENT)) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_hidden_import_is_caught_as(rule: str) -> None:
    find, text = RULES[rule]
    assert len(find([tree.planted(text)])) == 1


def mocks(files: Iterable[Source]) -> list[str]:
    """Imports of a mock library (law 7): a fake is written by hand, and only for the outside world."""
    return [
        file.at(node)
        for file in files
        for node in ast.walk(file.tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and re.search(r"\b(?:unittest|mock|pytest_mock|asynctest)\b", ast.unparse(node))
    ]


def test_no_test_mocks() -> None:
    assert mocks((*OURS, *OF_CLIENT, *tree.OF_TESTS)) == []


def test_a_planted_mock_is_caught() -> None:
    text = "from unittest import mock\nimport json\n"
    assert mocks([tree.planted(text)]) == ["planted.py:1"]
