"""Law 8: files <= 300 lines, functions <= 50 (median <= 8), a route's handler <= 10, complexity <= 8."""

import statistics
from collections.abc import Iterable
from pathlib import Path

import pytest

from contact_service.endpoints import table
from house import tree
from house.tree import OF_CLIENT, OF_TESTS, OURS, Source

FILE, FUNCTION, MEDIAN, HANDLER = 300, 50, 8, 10
WRITTEN = {".py", ".sql", ".html", ".css", ".js", ".md"}
# No more than three, each with its reason.
LONG_FILES: frozenset[str] = frozenset()


def long_files(folder: Path) -> list[str]:
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in WRITTEN]
    return [
        f"{tree.told(path)}: {count} lines"
        for path in found
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > FILE
        and tree.told(path) not in LONG_FILES
    ]


def long_functions(files: Iterable[Source]) -> list[str]:
    return [
        f"{one.where} {one.name}: {one.lines} lines"
        for one in tree.functions(files)
        if one.lines > FUNCTION
    ]


def median_function(files: Iterable[Source]) -> float:
    return statistics.median(one.code_lines for one in tree.functions(files))


def handlers() -> set[tuple[str, str]]:
    """(module, function) of every route of the API."""
    return {(route.handler.__module__, route.handler.__name__) for route in table.ROUTES}


def long_handlers(files: Iterable[Source], named: set[tuple[str, str]]) -> list[str]:
    at = {name for _, name in named}
    return [
        f"{one.where} {one.name}: {one.code_lines} lines of code"
        for file in files
        for one in file.functions
        if one.name in at and (_module(file.path), one.name) in named and one.code_lines > HANDLER
    ]


def _module(path: Path) -> str:
    if not path.is_relative_to(tree.SOURCE.parent):
        return path.stem
    inside = path.relative_to(tree.SOURCE.parent).with_suffix("")
    return ".".join(inside.parts)


@pytest.mark.parametrize(
    "folder", [tree.SOURCE, tree.CLIENT, tree.TESTS], ids=["src", "client", "tests"]
)
def test_no_file_is_longer_than_300_lines(folder: Path) -> None:
    assert long_files(folder) == []
    assert len(LONG_FILES) <= 3


def test_a_planted_long_file_is_caught(tmp_path: Path) -> None:
    (tmp_path / "fits.sql").write_text("--\n" * FILE)
    (tmp_path / "long.sql").write_text("--\n" * (FILE + 1))
    assert long_files(tmp_path) == ["long.sql: 301 lines"]


def test_no_function_is_longer_than_50_lines() -> None:
    assert long_functions((*OURS, *OF_CLIENT, *OF_TESTS)) == []


def test_a_planted_long_function_is_caught() -> None:
    body = "    pass\n"
    fits, long = f"def a():\n{body * 49}", f"class C:\n  def b():\n{body * 50}"
    assert long_functions([tree.planted(fits)]) == []
    assert long_functions([tree.planted(long)]) == ["planted.py:2 b: 51 lines"]


def test_half_of_all_functions_have_at_most_8_lines() -> None:
    assert median_function(OURS) <= MEDIAN
    assert median_function(OF_CLIENT) <= MEDIAN


def test_docstrings_comments_and_blanks_are_no_lines_of_code() -> None:
    text = 'def f():\n    """One.\n\n    Two."""\n    # why\n    a = (\n        1\n    )\n\n    return a\n'
    assert [one.code_lines for one in tree.planted(text).functions] == [4]


def test_a_planted_high_median_is_caught() -> None:
    text = "def f():\n" + "    pass\n" * (MEDIAN + 1)
    assert median_function([tree.planted(text)]) > MEDIAN


def test_no_handler_of_a_route_has_more_than_10_lines() -> None:
    found = handlers()
    seen = {(_module(file.path), one.name) for file in OURS for one in file.functions}
    assert len(found) > 10
    assert found <= seen, "a handler that is no function of a module"
    assert long_handlers(OURS, found) == []


def test_a_planted_long_handler_is_caught() -> None:
    text = 'async def put(caller):\n    """PUT /v1/x."""\n' + "    pass\n" * (HANDLER + 1)
    told = long_handlers([tree.planted(text)], {("planted", "put")})
    assert told == ["planted.py:1 put: 11 lines of code"]
