"""The tools of `make check` are set as the laws say: each refuses a planted breach under the project's own settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from house import tree

BIN = Path(sys.executable).parent
INSIDE = "src/contact_service/model/planted.py"
_BRANCHES = "".join(f"    if x == {n}:\n        return {n}\n" for n in range(8))
STYLE = {
    "C901": f"def f(x: int) -> int:\n{_BRANCHES}    return x\n",
    "D103": "def f() -> None:\n    pass\n",
    "T201": "print(1)\n",
    "BLE001": "try:\n    f()\nexcept Exception:\n    g()\n",
    "S608": 'q = f"SELECT a FROM b WHERE c = {d}"\n',
    "RUF100": "x = 1  # noqa: S101  not needed\n",
}


def run(*command: str, text: str | None = None, cwd: Path = tree.ROOT) -> tuple[int, str]:
    done = subprocess.run(command, input=text, cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("rule", STYLE)
def test_ruff_refuses_a_planted(rule: str) -> None:
    code, said = run(
        str(BIN / "ruff"), "check", "--no-cache", "--stdin-filename", INSIDE, "-", text=STYLE[rule]
    )
    assert code == 1
    assert rule in said


def test_the_formatter_refuses_a_planted_line() -> None:
    command = (
        str(BIN / "ruff"),
        "format",
        "--no-cache",
        "--check",
        "--stdin-filename",
        INSIDE,
        "-",
    )
    assert run(*command, text="x = 1\n")[0] == 0
    assert run(*command, text="x=1\n")[0] == 1


def test_mypy_is_strict_under_our_settings(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text('"""x."""\n\n\ndef f(x):\n    return x\n\n\ny: list = []\n')
    code, said = run(
        str(BIN / "mypy"),
        "--config-file",
        str(tree.ROOT / "pyproject.toml"),
        "--cache-dir",
        str(tmp_path),
        str(planted),
    )
    assert code == 1
    assert "[no-untyped-def]" in said
    assert "[type-arg]" in said


def test_squawk_refuses_a_planted_migration(tmp_path: Path) -> None:
    planted = tmp_path / "0002_pre_planted.sql"
    planted.write_text("ALTER TABLE cards ALTER COLUMN rev TYPE text;\n")
    code, said = run(str(BIN / "squawk"), "--config", str(tree.ROOT / ".squawk.toml"), str(planted))
    assert code == 1
    assert "changing-column-type" in said


def test_make_check_runs_every_machine() -> None:
    text = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = text.partition("\ncheck:")[2].partition("\n\n")[0]
    for machine in (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "squawk",
        "tests/house",
    ):
        assert machine in recipe
