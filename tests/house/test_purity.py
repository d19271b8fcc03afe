"""Model, matching and formats take time, chance and bytes as arguments; statements live in .sql files (law 5)."""

import ast
import re
from collections.abc import Iterable, Iterator

from house import tree
from house.tree import OURS, Source

PURE = ("model", "matching", "formats")
_CALLS = re.compile(
    r"(?:.*\.)?(?:now|utcnow|today|uuid1|uuid4|urandom|getrandbits|read_text|read_bytes|write_text|write_bytes)"
    r"|open|print|input|exec|eval"
)
_STATEMENT = re.compile(
    r"\s*(?:WITH\s.*)?(?:SELECT\s.*\bFROM|INSERT INTO|UPDATE\s.*\bSET|DELETE FROM)\s", re.DOTALL
)
# No more than three, each with its reason.
WITH_STATEMENTS = {
    "src/contact_service/storage/migrate.py": "the ledger of migrations: read before there is a schema to prepare on",
    "src/contact_service/storage/durable.py": "the server's own settings, before anything is written",
    "src/contact_service/wiring/keys.py": "asked of the whole installation, before the schema may exist",
}


def impure(files: Iterable[Source]) -> list[str]:
    return [
        f"{file.at(node)} {ast.unparse(node.func)}"
        for file in files
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and _CALLS.fullmatch(ast.unparse(node.func))
    ]


def waiting(files: Iterable[Source]) -> list[str]:
    """Coroutines: where there is no I/O there is nothing to wait for."""
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return [
        file.at(node) for file in files for node in ast.walk(file.tree) if isinstance(node, kinds)
    ]


def statements(files: Iterable[Source]) -> list[str]:
    """Places where SQL stands in Python; docstrings may speak of it."""
    return [
        file.at(node) for file in files for node, text in _texts(file) if _STATEMENT.match(text)
    ]


def _texts(file: Source) -> Iterator[tuple[ast.AST, str]]:
    every = list(ast.walk(file.tree))
    formed = [node for node in every if isinstance(node, ast.JoinedStr)]
    # Docstrings and the pieces of an f-string.
    passed = {id(node.value) for node in every if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in formed for part in node.values}
    for node in formed:
        yield node, "".join(str(getattr(part, "value", "")) for part in node.values)
    for node in every:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
        ):
            yield node, node.value


def rooms(*names: str) -> list[Source]:
    return [file for file in OURS if file.path.relative_to(tree.SOURCE).parts[0] in names]


def test_pure_rooms_ask_no_clock_chance_or_file() -> None:
    assert impure(rooms(*PURE)) == []
    assert waiting(rooms(*PURE, "settings")) == []


def test_planted_impurity_is_caught() -> None:
    text = "def f(card):\n    a = datetime.now(UTC)\n    b = open('x')\n    return card.opened(a)\n"
    assert impure([tree.planted(text)]) == ["planted.py:2 datetime.now", "planted.py:3 open"]
    assert waiting([tree.planted("async def f(): ...\n")]) == ["planted.py:1"]


def test_statements_live_in_sql_files() -> None:
    found = {place.rpartition(":")[0] for place in statements(OURS)}
    assert found == set(WITH_STATEMENTS)
    assert len(WITH_STATEMENTS) <= 3


def test_a_planted_statement_is_caught() -> None:
    text = '"""SELECT a FROM b tells."""\nx = "Pick FROM a list"\ny = f"DELETE FROM {x} WHERE a"\nz = "SELECT a\\nFROM b"\n'
    assert statements([tree.planted(text)]) == ["planted.py:3", "planted.py:4"]
