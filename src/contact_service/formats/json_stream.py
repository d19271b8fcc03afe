"""Lists in a JSON text of any size, an element at a time; memory holds one element.

An element that is broken costs itself: reading goes on behind its last bracket, or at the next thing that is a record.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec

_DECODER = JSONDecoder(strict=False)
_BETWEEN = re.compile(r"[\s,\x1e]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_FOLLOWS = re.compile(r"\s*(?:[,\]]|\Z)")
# Neither a member's name nor a variable stands between this bracket and the next one.
_GOES_ON = re.compile(r"[^:={\[]{0,200}[{\[]")
_SOON = re.compile(r"[,{\[\]]")
_START = re.compile(r'\{\s*"|\[\s*"')
_TAIL = 256
_MOST_CHARS = 1 << 23
_AHEAD = 1 << 16
_NEAR = 32
_MOST_TRIES = 2_000


class Element(msgspec.Struct, frozen=True):
    """`text` is as it stands in the file, `line` its first line from 1, `kind` what the start of its list matched;
    `broken`: a slug (`truncated`, `malformed`, `card-too-large`) where `value` is nothing.
    """

    text: str
    line: int
    kind: str
    value: Any = None
    broken: str = ""


class _Reading:
    """A text that grows as it is read; `at`: all before it is told."""

    def __init__(self, pieces: Iterable[str], is_record: Callable[[Any], bool]) -> None:
        self.pieces = iter(pieces)
        self.is_record = is_record
        self.held = ""
        self.at = 0
        self.line = 1
        self.over = False
        self.unbalanced_to = 0
        self.tries = _MOST_TRIES

    @property
    def left(self) -> int:
        """How much is held that is not told."""
        return len(self.held) - self.at

    def more(self) -> bool:
        """Twice as much as is left; False when the text is over."""
        self._drop()
        wanted = max(1, 2 * len(self.held))
        grown = [self.held]
        size = len(self.held)
        while size < wanted and not self.over:
            piece = next(self.pieces, None)
            self.over = piece is None
            grown.append(piece or "")
            size += len(piece or "")
        is_longer = size > len(self.held)
        self.held = "".join(grown)
        return is_longer

    def move(self, to: int) -> str:
        """The text up to there, which is told now."""
        told = self.held[self.at : to]
        self.line += told.count("\n")
        self.at = to
        return told

    def _drop(self) -> None:
        self.held = self.held[self.at :]
        self.unbalanced_to -= self.at
        self.at = 0

    def find(self, start: re.Pattern[str]) -> re.Match[str] | None:
        """Go behind the next match; None when there is none."""
        while True:
            found = start.search(self.held, self.at)
            if found is not None and (found.end() < len(self.held) or self.over):
                self.move(found.end())
                return found
            self.move(max(self.at, len(self.held) - _TAIL) if found is None else found.start())
            if not self.more():
                return None

    def skip(self) -> str:
        """The next character that is no blank and no comma; "" at the end."""
        while True:
            match = _BETWEEN.match(self.held, self.at)
            self.move(match.end() if match else self.at)
            if self.at < len(self.held):
                return self.held[self.at]
            if not self.more():
                return ""


def lists(
    pieces: Iterable[str], start: re.Pattern[str], is_record: Callable[[Any], bool]
) -> Iterator[Element]:
    """The elements of every list whose beginning `start` matches, its bracket included; its first group is their kind.
    `is_record`: whether a value is what is looked for, asked of lists and behind a broken element.
    """
    reading = _Reading(pieces, is_record)
    while (found := reading.find(start)) is not None:
        kind = found[1] if found.re.groups else ""
        while (next_ := reading.skip()) and not _ends(reading, next_):
            element = _element(reading, kind)
            yield element
            if element.broken == "truncated":
                return
        if not next_:
            yield Element("", reading.line, kind, broken="truncated")
        reading.move(reading.at + len(next_))


def values(pieces: Iterable[str], is_record: Callable[[Any], bool]) -> Iterator[Element]:
    """Values that follow each other: a single one, or one a line."""
    reading = _Reading(pieces, is_record)
    while reading.skip():
        yield _element(reading, "")


def _ends(reading: _Reading, next_: str) -> bool:
    """Whether this bracket ends the list; one that stands between two elements is a broken element itself."""
    if next_ != "]":
        return False
    while reading.left < _TAIL and reading.more():
        pass
    return not _GOES_ON.match(reading.held, reading.at + 1)


def _element(reading: _Reading, kind: str) -> Element:
    line = reading.line
    while True:
        try:
            value, end = _DECODER.raw_decode(reading.held, reading.at)
        except (ValueError, RecursionError) as error:
            if not _may_be_cut(reading, error) or reading.left >= _MOST_CHARS:
                return _broken(reading, kind)
            if reading.more():
                continue
            return _broken(reading, kind, or_else="truncated")
        if isinstance(value, list) and not reading.is_record(value):
            return _broken(
                reading, kind
            )  # a stray bracket may have made a list of the next records
        size = end - reading.at
        # The rest of a number may be in the next piece.
        if isinstance(value, dict | list) or size < reading.left - _NEAR or not reading.more():
            return Element(reading.move(reading.at + size), line, kind, value)


def _may_be_cut(reading: _Reading, error: Exception) -> bool:
    """Whether a value is perhaps only incomplete."""
    if not isinstance(error, JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated") or error.pos > len(reading.held) - _NEAR


def _broken(reading: _Reading, kind: str, or_else: str = "malformed") -> Element:
    """A broken element, up to where reading goes on; `or_else`: what it is where that is nowhere."""
    line = reading.line
    while reading.left < _AHEAD and reading.more():
        pass
    slug = "malformed"
    while (to := _behind(reading)) is None:
        if reading.left >= _MOST_CHARS or not reading.more():
            to, slug = len(reading.held), or_else
            break
    text = reading.move(to)
    return Element(text, line, kind, broken="card-too-large" if len(text) > _MOST_CHARS else slug)


def _behind(reading: _Reading) -> int | None:
    """Where reading goes on after a broken element; None where what is held does not tell."""
    held, at = reading.held, reading.at
    if held[at] not in "{[":
        soon = _SOON.search(held, at + 1)
        return soon.start() if soon else None
    end = 0
    if at >= reading.unbalanced_to:
        end = _balanced(held, at)
        if not end or not _FOLLOWS.match(held, end):
            reading.unbalanced_to = end or len(held)
            end = 0
    # A bracket too many may have put the next record into this one.
    return _next_record(reading, end or len(held)) or end or None


def _balanced(held: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`; 0 without one."""
    depth = 0
    for match in _TOKEN.finditer(held, at):
        if match[0] in "{[":
            depth += 1
        elif match[0] in "}]":
            depth -= 1
            if depth == 0:
                return match.end()
    return 0


def _next_record(reading: _Reading, end: int) -> int | None:
    for match in _START.finditer(reading.held, reading.at + 1, end):
        # Tries are counted, or brackets without end would make the work grow with its square.
        if reading.tries <= 0:
            break
        reading.tries -= 1
        try:
            value, _ = _DECODER.raw_decode(reading.held, match.start())
        except (ValueError, RecursionError):
            continue
        if reading.is_record(value):
            return match.start()
    return None
