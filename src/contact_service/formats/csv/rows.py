"""Text cut into CSV records (RFC 4180): one bad record never costs its neighbours (imports.md). Linear in the text.

A quote left open could swallow the rest of a file. So a record of several lines must end as one should; else its first
line is the bad one, and reading goes on at the next line that is a whole row by itself.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from contact_service.formats.csv.cutting import Cutter, cut

MOST = 524_288
"""Characters a record, twice what any Card holds; of a longer line no more are kept."""
# Lines that are looked at for the end of records whose quotes are not what RFC 4180 has: a file of such is cheap too.
PATIENCE = 20_000


class Row(msgspec.Struct, frozen=True, gc=False):
    """A record: its first line from 1, its cells without quotes, and its text as it stands in the file."""

    line: int
    cells: list[str]
    text: str


class Broken(msgspec.Struct, frozen=True, gc=False):
    """Text that is no record. `code`: `unbalanced-quotes` or `row-too-large`."""

    line: int
    code: str
    text: str


def lines(pieces: Iterable[str]) -> Iterator[str]:
    """Physical lines with their ends: LF, CR LF, or CR where the first line ends so. Of a line longer than `MOST` the
    first `MOST` + 1 characters.
    """
    held, end, skipping = "", "", False
    for at, piece in enumerate(pieces):
        held += piece if at else piece.removeprefix("\ufeff")
        end = end or _first_end(held)
        whole, held = _whole(held, end)
        for line in whole:
            if not skipping:
                yield line[: MOST + 1]
            skipping = False
        if len(held) > MOST:
            if not skipping:
                yield held[: MOST + 1]
            held, skipping = "", True
    if held and not skipping:
        yield held


def _whole(held: str, end: str) -> tuple[list[str], str]:
    """The lines that are whole, and the beginning of the next."""
    if not end:
        return [], held
    *whole, rest = held.split(end)
    return [line + end for line in whole], rest


def _first_end(text: str) -> str:
    """The kind of line end; "" while it cannot be told: a CR may be the first part of CR LF, or of CR CR LF."""
    feed, back = text.find("\n"), text.find("\r")
    if back < 0 or 0 <= feed < back:
        return "\n" if feed >= 0 else ""
    behind = text[back:].lstrip("\r")[:1]
    return "\r" if behind not in {"", "\n"} else behind


class Reader:
    """The records of lines. `width`: how many cells a row has; 0 while that is not known."""

    def __init__(self, source: Iterator[str], delimiter: str, first_line: int = 1) -> None:
        self.delimiter = delimiter
        self.width = 0
        self._source = source
        self._ahead: deque[str] = deque()
        self._line = first_line
        self._patience = PATIENCE

    def __iter__(self) -> Iterator[Row | Broken]:
        while line := self._next():
            yield self._record(line)

    def _next(self) -> str:
        return self._ahead.popleft() if self._ahead else next(self._source, "")

    def _record(self, first: str) -> Row | Broken:
        at = self._line
        if len(first) > MOST:
            self._line += 1
            return Broken(at, "row-too-large", first)
        if '"' not in first:
            self._line += 1
            return Row(at, cut(first, self.delimiter), first)
        return self._quoted(first, at)

    def _quoted(self, first: str, at: int) -> Row | Broken:
        cutter = Cutter(self.delimiter)
        cutter.feed(first)
        held, size = [first], len(first)
        while cutter.is_open and size <= MOST and (cutter.is_neat or self._patience > 0):
            line = self._next()
            if not line:
                break
            held.append(line)
            size += len(line)
            cutter.feed(line)
            self._patience -= not cutter.is_neat
        if cutter.is_open or size > MOST or not self._fits(cutter, held):
            return self._give_up(held, at, "row-too-large" if size > MOST else "unbalanced-quotes")
        self._line += len(held)
        return Row(at, cutter.cells, "".join(held))

    def _fits(self, cutter: Cutter, held: list[str]) -> bool:
        if len(held) == 1 or (cutter.is_neat and len(cutter.cells) == self.width):
            return True
        return self._next_row(held) is None

    def _next_row(self, held: list[str]) -> int | None:
        """The first line behind the first at which a row begins that is whole in these lines."""
        for at in range(1, len(held)):
            if self._begins_row(held, at):
                return at
        return None

    def _begins_row(self, held: list[str], at: int) -> bool:
        cutter = Cutter(self.delimiter)
        cutter.feed(held[at])
        after = at + 1
        while cutter.is_open and cutter.is_neat and after < len(held) and self._patience > 0:
            cutter.feed(held[after])
            after += 1
            self._patience -= 1
        return not cutter.is_open and cutter.is_neat and len(cutter.cells) == self.width > 1

    def _give_up(self, held: list[str], at: int, code: str) -> Broken:
        upto = self._next_row(held) or len(held)
        self._ahead.extendleft(reversed(held[upto:]))
        self._line += upto
        return Broken(at, code, "".join(held[:upto]))
