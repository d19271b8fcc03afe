"""The records of a CSV address book: each row a Card, or a Reject with its reason."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import msgspec

from contact_service.formats.csv import guard, layout, rows
from contact_service.formats.csv.cutting import cut
from contact_service.formats.csv.draft import Draft
from contact_service.formats.csv.layout import DELIMITERS, HEAD_LINES, Layout
from contact_service.formats.csv.rows import Broken, Reader, Row
from contact_service.model.imports import Place, Reject, Upsert
from contact_service.model.problem import InvalidCard, TooLarge

Received = Callable[[str], bytes]
_MARKS = re.compile("[\ud800-\udfff]")
# What PostgreSQL and XML cannot carry; TAB and line breaks stay. A CR is one half of a line break, or a whole one.
_CONTROLS = str.maketrans(dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127]))
_BREAK = re.compile("\r\n?")
_REASONS = {
    "unbalanced-quotes": "a quotation mark is open to the end, or closed inside another row",
    "row-too-large": "the row is longer than any contact",
    "bad-encoding": "bytes that the file's charset does not explain",
    "too-many-cells": "it has more cells than the header has columns, so none can be told from the next",
    "before-header": "it stands before the header, which names the columns",
    "no-content": "nothing in it says who it is",
    "no-header": "nothing says what the columns hold",
}


def looks_like(head: str) -> bool:
    """Whether a text (some kB from the start of a file) is an address book in CSV: its header, or the shape of its
    rows where it has none, is one that we know.
    """
    return layout.of(islice(rows.lines([head]), HEAD_LINES)) is not None


def read(pieces: Iterable[str], received: Received = str.encode) -> Iterator[Upsert | Reject]:
    """Every record of a CSV file, in order. `pieces`: the file as text without its BOM, cut anywhere; a byte that its
    charset cannot explain is a code point of U+DC00-DFFF, and its record a Reject. `received` gives the bytes that a
    piece of text came in (formats/files/decoding.py has both).

    Numbers stay as they are written, so no region is asked for. Never raises for what the file holds.
    """
    source = rows.lines(pieces)
    head = list(islice(source, HEAD_LINES))
    found = layout.of(head)
    reader = Reader(chain(head, source), found.delimiter if found else ",")
    reader.width = len(found.header or found.columns) if found else 0
    index = 0
    for at, row in enumerate(reader):
        if isinstance(row, Row) and _is_none(row, at, found):
            continue
        place = Place(index, row.line)
        index += 1
        if found is None:
            yield _refused(row, "no-header", place, received)
        elif at < found.skip:
            yield _refused(row, "before-header", place, received)
        else:
            yield _record(row, found, place, received)


def _is_none(row: Row, at: int, found: Layout | None) -> bool:
    """Whether a row is no record: empty, the header (again), notes before it."""
    filled = sum(bool(cell.strip()) for cell in row.cells)
    if not filled or found is None:
        return not filled
    return tuple(row.cells) == found.header or (at < found.skip and filled == 1)


def _refused(
    row: Row | Broken, code: str, place: Place, received: Received, name: str = ""
) -> Reject:
    return Reject(place, code, _REASONS[code], received(row.text), name)


def _record(row: Row | Broken, found: Layout, place: Place, received: Received) -> Upsert | Reject:
    if not row.text.isascii() and _MARKS.search(row.text):
        return _refused(row, "bad-encoding", place, received)
    if isinstance(row, Broken):
        return _refused(row, row.code, place, received)
    cells, draft = _cells(row, found), Draft()
    found.fill(draft, found.columns, cells)
    if any(map(str.strip, cells[len(found.columns) :])):
        return _refused(row, "too-many-cells", place, received, draft.said_name())
    try:
        card = draft.finish()
    except (InvalidCard, TooLarge) as problem:
        return Reject(place, problem.slug, problem.detail, received(row.text), draft.said_name())
    if card is None:
        return _refused(row, "no-content", place, received)
    residue = {f"{found.program}-csv".removeprefix("csv-"): draft.residue}
    encoded = msgspec.json.encode(residue) if draft.residue else b""
    return Upsert(place, "", card, residue=encoded)


def _cells(row: Row, found: Layout) -> list[str]:
    cells = row.cells
    if len(cells) == 1 < len(found.columns):
        cells = _otherwise(row, found)
    return [_cleaned(cell) for cell in cells]


def _otherwise(row: Row, found: Layout) -> list[str]:
    """The cells of a row that was put together with another delimiter than the first ones."""
    for delimiter in DELIMITERS:
        cells = cut(row.text, delimiter) if '"' not in row.text else []
        if 3 <= len(cells) <= len(found.columns):
            return cells
    return row.cells


def _cleaned(cell: str) -> str:
    cell = guard.bared(cell)
    if not cell.isprintable():
        cell = _BREAK.sub("\n", cell.translate(_CONTROLS))
    return cell
