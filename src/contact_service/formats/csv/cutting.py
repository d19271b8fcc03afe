"""A record's cells: what stands between delimiters, without quotes; those that are not doubled stand for themselves."""

import re
from functools import cache

_OPENS = re.compile(r' *"')


@cache
def _closes(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf" *(?:{re.escape(delimiter)}|[\r\n]*\Z)")


def cut(line: str, delimiter: str) -> list[str]:
    """The cells of a line without quotes; blanks around them say nothing."""
    return [cell.strip(" \r\n") for cell in line.split(delimiter)]


class Cutter:
    """Cells of one record, fed line by line. `is_open`: a quote waits for its other half; `is_neat`: every quote so far
    stood where RFC 4180 has one.
    """

    __slots__ = ("_closes", "_delimiter", "_held", "cells", "is_neat", "is_open")

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._closes = _closes(delimiter)
        self._held: list[str] = []
        self.cells: list[str] = []
        self.is_neat = True
        self.is_open = False

    def feed(self, line: str) -> None:
        """The next line with its end: the first of the record, or one more while it `is_open`."""
        at = self._quoted(line, 0) if self.is_open else 0
        while at >= 0:
            opening = _OPENS.match(line, at)
            at = self._quoted(line, opening.end()) if opening else self._plain(line, at)

    def _plain(self, line: str, at: int) -> int:
        """A cell without quotes; where the next begins, -1 behind the last. A quote inside stands for itself."""
        end = line.find(self._delimiter, at)
        cell = line[at:] if end < 0 else line[at:end]
        self.cells.append(cell.strip(" \r\n"))
        return -1 if end < 0 else end + len(self._delimiter)

    def _quoted(self, line: str, start: int) -> int:
        """A cell in quotes from behind the opening one, or what this line has of it."""
        at = start
        while (quote := line.find('"', at)) >= 0:
            if line.startswith('"', quote + 1):
                at = quote + 2
                continue
            closing = self._closes.match(line, quote + 1)
            if closing:
                self._held.append(line[start:quote])
                self.cells.append("".join(self._held).replace('""', '"'))
                self._held.clear()
                self.is_open = False
                return closing.end() if closing[0].endswith(self._delimiter) else -1
            # Somebody's nickname in quotes that were not doubled: they stand for themselves.
            self.is_neat = False
            at = quote + 1
        self._held.append(line[start:])
        self.is_open = True
        return -1
