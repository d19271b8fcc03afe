"""The tree as the house tests read it: source files parsed once, functions with where they stand and how long they are."""

import ast
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "contact_service"
CLIENT = ROOT / "src" / "contact_client"
TESTS = ROOT / "tests"
PACKAGE = "contact_service"

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True)
class Function:
    """A function or method. `lines` is its whole length, `code_lines` its body's without docstring, comments, blanks."""

    where: str
    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    lines: int
    code_lines: int
    public: bool


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def code(self) -> frozenset[int]:
        """Numbers of the lines that hold code."""
        spans = (
            range(token.start[0], token.end[0] + 1)
            for token in tokenize.generate_tokens(StringIO(self.text).readline)
            if token.type not in _SILENT
        )
        return frozenset(number for span in spans for number in span)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(self._under(self.tree, public=True))

    def at(self, node: ast.AST) -> str:
        return f"{told(self.path)}:{getattr(node, 'lineno', 1)}"

    def _under(self, parent: ast.AST, *, public: bool) -> Iterator[Function]:
        for node in ast.iter_child_nodes(parent):
            open_ = public and not getattr(node, "name", "").startswith("_")
            if isinstance(node, FUNCTIONS):
                yield self._function(node, public=open_)
                # What is defined inside a function is nobody else's.
                yield from self._under(node, public=False)
            else:
                yield from self._under(node, public=open_)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, *, public: bool) -> Function:
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        covered = {n for part in body for n in range(part.lineno, (part.end_lineno or 0) + 1)}
        lines = (node.end_lineno or 0) - node.lineno + 1
        return Function(
            self.at(node), node.name, node, lines, len(covered & self.code), public=public
        )


def told(path: Path) -> str:
    """The path from the checkout on, where it lies in it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def read(path: Path) -> Source:
    return Source(path, path.read_text(encoding="utf-8"))


def planted(text: str, name: str = "planted.py") -> Source:
    """A file that is not there."""
    return Source(Path(name), text)


def sources(folder: Path) -> tuple[Source, ...]:
    """Every Python file below the folder; an empty folder is a mistake of the caller."""
    found = tuple(read(path) for path in sorted(folder.rglob("*.py")))
    assert found, f"no Python file below {folder}"
    return found


def functions(files: Iterable[Source]) -> Iterator[Function]:
    for file in files:
        yield from file.functions


OURS = sources(SOURCE)
OF_CLIENT = sources(CLIENT)
OF_TESTS = sources(TESTS)
