"""Every exception to a rule has its reason beside it; no work is left behind in a comment."""

import re
import tokenize
from collections.abc import Iterable, Iterator
from io import StringIO

from house import tree
from house.tree import OF_CLIENT, OF_TESTS, OURS, Source

_CODES = r"[A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*"
_REASON = r"\s*[-#:]*\s*[A-Za-z]\w*\W+\w+"
EXCUSED = [
    re.compile(rf"#\s*noqa: {_CODES}{_REASON}"),
    re.compile(rf"#\s*type: ignore\[[\w, -]+\]{_REASON}"),
    re.compile(rf"#\s*pragma: \w+(?: \w+)?{_REASON}"),
]
_EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:|ruff:|mypy:|pylint:)", re.IGNORECASE)
_LEFT = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def comments(file: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def reasonless(files: Iterable[Source]) -> list[str]:
    return [
        f"{tree.told(file.path)}:{line} {text}"
        for file in files
        for line, text in comments(file)
        if _EXCEPTION.search(text) and not any(form.search(text) for form in EXCUSED)
    ]


def left_behind(files: Iterable[Source]) -> list[str]:
    return [
        f"{tree.told(file.path)}:{line} {text}"
        for file in files
        for line, text in comments(file)
        if _LEFT.search(text)
    ]


def test_every_exception_to_a_rule_has_its_reason() -> None:
    assert reasonless((*OURS, *OF_CLIENT, *OF_TESTS)) == []


def test_planted_exceptions_without_a_reason_are_caught() -> None:
    bad = ["# noqa", "# noqa: S101", "# type: ignore", "# type: ignore[arg-type]", "# ruff: noqa"]
    good = ["# noqa: S101  checked above", "# type: ignore[arg-type]  # what a client sends"]
    text = "\n".join(f"x = 1  {each}" for each in (*bad, *good)) + "\n"
    told = reasonless([tree.planted(text)])
    assert told == [f"planted.py:{line} {each}" for line, each in enumerate(bad, start=1)]


def test_no_work_is_left_behind_in_a_comment() -> None:
    assert left_behind((*OURS, *OF_CLIENT, *OF_TESTS)) == []


def test_planted_left_work_is_caught() -> None:
    text = "a = 1  # TODO: later\nb = 'TODO'\n"
    assert left_behind([tree.planted(text)]) == ["planted.py:1 # TODO: later"]
