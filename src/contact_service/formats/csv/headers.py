"""Which program wrote a header row, and what each of its columns holds.

All maps of formats/mappings/csv-headers.toml are scored on the whole row. Columns are bound by position inside the best
one, for a name may stand there twice, then by name: programs leave columns out, add some, and let users order them.
"""

import pkgutil
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

# Half of a surrogate pair: a byte that could not be read (reading.py).
_MARKS = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[\s\u00a0]+")
# What address books of nobody's in particular call their columns, and newer names of Outlook's.
_COMMON = {
    "address": "address.other.full",
    "birth date": "date.birth",
    "business country/region": "address.work.country",
    "cell phone": "phone.mobile",
    "date of birth": "date.birth",
    "e-mail": "email",
    "email": "email",
    "email address": "email",
    "fax": "phone.other-fax",
    "full name": "name.full",
    "given name": "name.given",
    "home country/region": "address.private.country",
    "mail": "email",
    "mobile": "phone.mobile",
    "name": "name.full",
    "other country/region": "address.other.country",
    "phone": "phone.other",
    "phone number": "phone.other",
    "surname": "name.surname",
    "telephone": "phone.other",
    "website": "link.other",
}


class Column(msgspec.Struct, frozen=True):
    """A cell of the header: `name` as it is written, `field` a word of the mapping tables, "" for one not known;
    `kept`: the name its values are kept under beside a Card; `entry`: what columns that belong together share.
    """

    name: str
    field: str = ""
    kept: str = ""
    entry: str = ""


class Map(msgspec.Struct, frozen=True):
    """The columns of one program in one language; `keys` are the names as they are compared."""

    program: str
    locale: str
    names: tuple[str, ...]
    fields: tuple[str, ...]
    keys: tuple[str, ...]


class Fates(msgspec.Struct, frozen=True):
    """What becomes of fields: part of the Card, kept beside it, or not kept, with the reason."""

    mapped: dict[str, str]
    residue: dict[str, str]
    dropped: dict[str, str]


class Bound(msgspec.Struct, frozen=True):
    """A header row understood. `known`: how many of its cells; `program` also names the residue's place on export."""

    program: str
    columns: tuple[Column, ...]
    known: int


def key(name: str) -> str:
    """A header's name as it is compared."""
    return _BLANKS.sub(" ", name.replace(",", ", ")).strip().casefold()


@cache
def maps() -> tuple[Map, ...]:
    """Every map. One with a comma in its names is there a second time, as it is read where they were not quoted."""
    made: list[Map] = []
    for one in _read()["map"]:
        for locale, names in one["headers"].items():
            listed = [(name, (name,)) for name in names]
            made.append(_map(one, locale, listed))
            if any("," in name for name in names):
                made.append(_map(one, locale, [(name, name.split(",")) for name in names]))
    return tuple(made)


@cache
def fates() -> Fates:
    """What becomes of each field of the maps."""
    held = _read()
    return Fates(held["mapped"], held["residue"], held["dropped"])


@cache
def english(program: str) -> dict[str, tuple[str, ...]]:
    """The English names of a program's fields."""
    found: dict[str, tuple[str, ...]] = {}
    for one in maps():
        if one.program == program and one.locale == "en-US":
            for name, field in zip(one.names, one.fields, strict=True):
                found[field] = (*found.get(field, ()), name)
    return found


@cache
def _read() -> dict[str, Any]:
    held = pkgutil.get_data("contact_service.formats", "mappings/csv-headers.toml")
    assert held is not None, "a part of this package"
    return tomllib.loads(held.decode())


def name_kept(name: str, at: int) -> str:
    """The name that values of a column are kept under: its own, unless it has none that can be written."""
    return name if name and not _MARKS.search(name) else f"Column {at + 1}"


def _map(one: dict[str, Any], locale: str, listed: Sequence[tuple[str, Sequence[str]]]) -> Map:
    pairs = [
        (part, field)
        for (_, parts), field in zip(listed, one["fields"], strict=True)
        for part in parts
    ]
    names = tuple(name for name, _ in pairs)
    fields = tuple(field for _, field in pairs)
    return Map(one["program"], locale, names, fields, tuple(map(key, names)))


@cache
def _everywhere() -> dict[str, str]:
    """Names that mean the same in whatever map they stand."""
    fields: dict[str, set[str]] = defaultdict(set)
    for one in maps():
        for name, field in zip(one.keys, one.fields, strict=True):
            fields[name].add(field)
    return {name: min(held) for name, held in fields.items() if len(held) == 1} | _COMMON


@cache
def _counted() -> tuple[tuple[Map, Counter[str]], ...]:
    return tuple((one, Counter(one.keys)) for one in maps())


def bind(cells: Sequence[str]) -> Bound:
    """The best map's meaning of a header row."""
    keys = [key(cell) for cell in cells]
    row = Counter(filter(None, keys))

    def score(pair: tuple[Map, Counter[str]]) -> tuple[int, float]:
        hits = (row & pair[1]).total()
        return hits, hits / len(pair[0].keys)

    best, counted = max(_counted(), key=score)
    hits, _ = score((best, counted))
    fields = _by_position(keys, best) if hits else {}
    _by_name(keys, best, fields)
    for at, name in enumerate(keys):
        if at not in fields and name in _everywhere():
            fields[at] = _everywhere()[name]
    program = best.program if hits > 1 else "csv"
    # All of them are Outlook, whose export has places for what was kept.
    program = "outlook" if program.startswith("outlook") else program
    return Bound(program, _columns(program, cells, fields), len(fields))


def _columns(program: str, cells: Sequence[str], fields: dict[int, str]) -> tuple[Column, ...]:
    """Kept under their English names, so that they return on an export in English."""
    names = english(program)
    seen: Counter[str] = Counter()
    made: dict[str, Column] = {}
    for at, cell in enumerate(cells):
        field, known = fields.get(at, ""), names.get(fields.get(at, ""), ())
        kept = known[seen[field]] if seen[field] < len(known) else cell.strip()
        seen[field] += 1
        kept = name_kept(kept if kept not in made else "", at)
        made[kept] = Column(cell.strip(), field, kept)
    return tuple(made.values())


def _by_position(keys: list[str], best: Map) -> dict[int, str]:
    """The longest run of columns that stand in the map's own order."""
    wanted = best.keys
    lengths = [[0] * (len(wanted) + 1) for _ in range(len(keys) + 1)]
    for row in range(len(keys) - 1, -1, -1):
        for col in range(len(wanted) - 1, -1, -1):
            if keys[row] == wanted[col]:
                lengths[row][col] = lengths[row + 1][col + 1] + 1
            else:
                lengths[row][col] = max(lengths[row + 1][col], lengths[row][col + 1])
    found: dict[int, str] = {}
    row = col = 0
    while row < len(keys) and col < len(wanted):
        if keys[row] == wanted[col]:
            found[row] = best.fields[col]
            row, col = row + 1, col + 1
        elif lengths[row + 1][col] >= lengths[row][col + 1]:
            row += 1
        else:
            col += 1
    return found


def _by_name(keys: list[str], best: Map, fields: dict[int, str]) -> None:
    left = Counter(best.fields) - Counter(fields.values())
    for at, name in enumerate(keys):
        if at in fields:
            continue
        same = [field for one, field in zip(best.keys, best.fields, strict=True) if one == name]
        chosen = next((field for field in same if left[field] > 0), same[0] if same else None)
        if chosen is not None:
            fields[at] = chosen
            left[chosen] -= 1
