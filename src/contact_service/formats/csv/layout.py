"""What the head of a file tells of all of it: the delimiter, where its header is, what its columns hold.

LinkedIn writes notes before the header, spreadsheets a `sep=;`; some files have no header at all, and are read only
where the shape of their rows is that of a program.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from contact_service.formats.csv import fields, google, headers
from contact_service.formats.csv.draft import Draft
from contact_service.formats.csv.headers import Bound, Column
from contact_service.formats.csv.rows import Reader, Row

DELIMITERS = (",", ";", "\t")
HEAD_LINES = 64
_PREAMBLE = 12
_MOST_COLUMNS = 1_000
# The shortest order that is told from rows alone: whole name, given name, surname, address.
_PLAIN = ("name.full", "name.given", "name.surname", "email")
_NAMES = ({"First Name", "Last Name"}, {"Given Name", "Family Name"})
_REACHABLE = frozenset({"email", "phone", "address", "account"})

Fill = Callable[[Draft, Sequence[Column], Sequence[str]], None]


class Layout(msgspec.Struct, frozen=True):
    """`skip`: records before the first contact, the header with them; `header`: its cells, () for none."""

    program: str
    delimiter: str
    columns: tuple[Column, ...]
    skip: int
    header: tuple[str, ...] = ()

    @property
    def fill(self) -> Fill:
        """What puts a row's cells into a draft."""
        return google.fill if self.program == google.PROGRAM else fields.fill


class _Found(msgspec.Struct, frozen=True):
    """A candidate for the header, and how well it fits: cells known, and how few are not."""

    fit: tuple[int, int]
    bound: Bound
    delimiter: str
    at: int
    cells: tuple[str, ...]


def of(head: Iterable[str]) -> Layout | None:
    """The layout of a file that begins with these lines; None when it is no address book we know."""
    lines = list(head)
    said = _said_delimiter(lines)
    found: list[_Found] = []
    tables: dict[str, list[Row]] = {}
    for delimiter in (said,) if said else DELIMITERS:
        tables[delimiter] = _rows(lines, delimiter)
        found += _candidates(tables[delimiter], delimiter)
    if found:
        best = max(found, key=lambda one: (one.fit, -one.at))
        columns = best.bound.columns
        return Layout(best.bound.program, best.delimiter, columns, best.at + 1, best.cells)
    shapes = [shape for delimiter, rows in tables.items() if (shape := _shape(rows, delimiter))]
    return shapes[0] if shapes else None


def _said_delimiter(lines: list[str]) -> str:
    first = lines[0].strip().strip('"').lower() if lines else ""
    return lines[0].strip().strip('"')[4:] if first[:4] == "sep=" and len(first) == 5 else ""


def _rows(lines: list[str], delimiter: str) -> list[Row]:
    return [row for row in Reader(iter(lines), delimiter) if isinstance(row, Row)]


def _candidates(rows: list[Row], delimiter: str) -> list[_Found]:
    found: list[_Found] = []
    for at, row in enumerate(rows[:_PREAMBLE]):
        if len(row.cells) > _MOST_COLUMNS:
            continue
        filled = sum(bool(cell.strip()) for cell in row.cells)
        bounds = [google.bind(row.cells)]
        if bounds[0].known < filled:
            bounds.append(headers.bind(row.cells))
        for best in filter(_is_header, bounds):
            fit = (best.known, best.known - filled)
            found.append(_Found(fit, best, delimiter, at, tuple(row.cells)))
    return found


def _is_header(bound: Bound) -> bool:
    """Whether it tells who a contact is and how to reach them, or both of a name's parts."""
    if bound.program == google.PROGRAM:
        names = {column.name for column in bound.columns if column.field}
        return any(pair <= names for pair in _NAMES) or any(one.entry for one in bound.columns)
    held = {column.field for column in bound.columns if column.field}
    is_reachable = any(field.partition(".")[0] in _REACHABLE for field in held)
    has_name = {"name.given", "name.surname"} <= held
    return (is_reachable and (bound.known > 1 or len(bound.columns) == 1)) or has_name


def _shape(rows: list[Row], delimiter: str) -> Layout | None:
    """The one order in which every address of the rows stands where addresses do."""
    told = [row.cells for row in rows if any("@" in cell for cell in row.cells)]
    told = [cells for cells in told if len(cells) > 3]
    if not told:
        return None
    if all(_is_plain(cells) for cells in told):
        return _unheaded("csv", delimiter, _PLAIN)
    # Thunderbird first: it is the one that leaves the header out.
    for one in sorted(headers.maps(), key=lambda one: one.program != "thunderbird"):
        if one.locale == "en-US" and all(_stands(cells, one.fields) for cells in told):
            return _unheaded(one.program, delimiter, one.fields)
    return None


def _unheaded(program: str, delimiter: str, order: Sequence[str]) -> Layout:
    names = headers.english(program)
    columns = tuple(Column(names.get(field, (field,))[0], field, field) for field in order)
    return Layout(program, delimiter, columns, 0)


def _is_plain(cells: list[str]) -> bool:
    full, given, surname, email = cells[:4]
    return len(cells) == 4 and "@" in email and f"{given} {surname}".strip() == full.strip() != ""


def _stands(cells: list[str], order: Sequence[str]) -> bool:
    if len(cells) > len(order) and any(cells[len(order) :]):
        return False
    held = {field for cell, field in zip(cells, order, strict=False) if "@" in cell}
    return "email" in held and held <= {"email", "note", "custom"}
