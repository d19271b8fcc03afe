"""The collections of three Cards laid side by side: which entries are the same, and what the ids of base and mine are
in the result, which keeps theirs' (sync.md 3). What points at an id follows it: `organizationId` (RFC 9553 2.2.5),
the paths of `localizations` (2.7.1).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from contact_service.formats.merging_values import SETS, UNITS, Value
from contact_service.model.alignment import Row, align
from contact_service.model.merge import Conflict, Trio, entry, inside

Ids = dict[str, str]


class Aligned(msgspec.Struct, frozen=True):
    """A collection's entries in rows, and the ids of base's and mine's in the result."""

    rows: list[Row]
    of_base: Ids
    of_mine: Ids


def lay(values: Trio, member: str, known_by: Value) -> Aligned:
    """Find which entries of the three maps are the same; `known_by` as `merging_values.of`."""
    base, mine, theirs = values
    rows = align(base, mine, theirs, known_by)
    taken = {*mine, *theirs}
    of_base: Ids = {}
    of_mine: Ids = {}
    for row in rows:
        key = row.theirs
        if key is None and row.mine is not None:
            is_free = row.mine not in theirs or member in SETS
            key = row.mine if is_free else _fresh(row.mine, taken)
        if row.mine is not None and key is not None:
            of_mine[row.mine] = key
        if row.base is not None:
            of_base[row.base] = row.base if key is None else key
    return Aligned(rows, of_base, of_mine)


def _fresh(key: str, taken: set[str]) -> str:
    number = 2
    while (found := f"{key[:240]}-{number}") in taken:
        number += 1
    taken.add(found)
    return found


def merge(values: Trio, aligned: Aligned, path: str, conflicts: list[Conflict]) -> dict[str, Any]:
    """The merged collection: theirs' entries in their order, then mine's additions. `path` ends in its name."""
    base, mine, theirs = values
    by_theirs = {row.theirs: row for row in aligned.rows if row.theirs is not None}
    by_mine = {row.mine: row for row in aligned.rows if row.theirs is None}
    rows = [*(by_theirs[key] for key in theirs), *(by_mine[key] for key in mine if key in by_mine)]
    merged: dict[str, Any] = {}
    for row in rows:
        key = row.theirs if row.theirs is not None else aligned.of_mine[row.mine or ""]
        sides = Trio(_at(base, row.base), _at(mine, row.mine), _at(theirs, row.theirs))
        found = entry(sides, inside(path, key), conflicts, unit=path in UNITS)
        # In a set two spellings of one key may meet; the first is there already.
        if found is not msgspec.UNSET and key not in merged:
            merged[key] = found
    return merged


def _at(side: Mapping[str, Any], key: str | None) -> Any:
    return msgspec.UNSET if key is None else side[key]


def with_organizations(titles: Trio, organizations: Aligned) -> Trio:
    """Titles whose `organizationId` follows the ids of base's and mine's organizations."""
    base, mine, theirs = titles
    return Trio(
        {key: _titled(entry_, organizations.of_base) for key, entry_ in base.items()},
        {key: _titled(entry_, organizations.of_mine) for key, entry_ in mine.items()},
        theirs,
    )


def _titled(title: Any, ids: Ids) -> Any:
    organization = title.get("organizationId") if isinstance(title, dict) else None
    if not isinstance(organization, str) or organization not in ids:
        return title
    return title | {"organizationId": ids[organization]}


def with_paths(localizations: Trio, aligned: Mapping[str, Aligned]) -> Trio:
    """Localizations whose paths follow the ids of base's and mine's entries."""
    base, mine, theirs = localizations
    return Trio(
        _localized(base, {name: one.of_base for name, one in aligned.items()}),
        _localized(mine, {name: one.of_mine for name, one in aligned.items()}),
        theirs,
    )


def _localized(localizations: Any, ids: Mapping[str, Ids]) -> Any:
    if not isinstance(localizations, dict):
        return localizations
    return {
        language: {_path(path, ids): value for path, value in patch.items()}
        if isinstance(patch, dict)
        else patch
        for language, patch in localizations.items()
    }


def _path(path: str, ids: Mapping[str, Ids]) -> str:
    member, slash, rest = path.partition("/")
    key, more, inner = rest.partition("/")
    return member + slash + ids.get(member, {}).get(key, key) + more + inner
