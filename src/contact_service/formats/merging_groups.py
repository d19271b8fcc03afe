"""The vCard lines without a home in JSContact (`vCardProps`, RFC 9555 2.15) when two sides are merged, and the names of
their groups (`item1.X-ABDATE`, `item1.X-ABLabel`; sync.md 3).

A group's name says nothing but what belongs together, and clients number groups anew. So mine's groups get the names
theirs has for them, and a free name where theirs means another group by it: no line ever slips into another's group.
"""

from typing import Any

from contact_service.model.alignment import Row
from contact_service.model.merge import Conflict, Trio, counted, encode

Maps = dict[str, Trio]
Rows = dict[str, list[Row]]
Names = dict[str, str]
# What a group holds: (member, number of the Row) of an entry, ("", bytes) of a line.
_Held = frozenset[tuple[str, Any]]
_NOTHING: _Held = frozenset()


def unify(maps: Maps, lines: Trio, rows: Rows) -> tuple[Maps, Trio]:
    """The collections and the lines with the groups of base and mine called as in the result; theirs keep their names.

    `maps`: the collections by member; `lines`: `vCardProps` of each side; `rows`: which entries are the same.
    """
    base, mine, theirs = (_held(maps, lines, rows, side) for side in ("base", "mine", "theirs"))
    of_mine = _named(base, mine, theirs)
    by_content = {held: of_mine[name] for name, held in mine.items()}
    by_content |= {held: name for name, held in theirs.items()}
    of_base = {name: by_content.get(held) or name for name, held in base.items()}
    for name, held in base.items():
        # A group that theirs has no part of is called as in mine: else what mine left alone would look changed.
        kept = held & mine.get(name, _NOTHING) and not held & theirs.get(name, _NOTHING)
        if held not in by_content and (name not in theirs or kept):
            of_base[name] = of_mine.get(name, name)
    renamed = {
        name: Trio(_entries_in(sides.base, of_base), _entries_in(sides.mine, of_mine), sides.theirs)
        for name, sides in maps.items()
    }
    return renamed, Trio(
        [_line_in(line, of_base) for line in lines.base],
        [_line_in(line, of_mine) for line in lines.mine],
        lines.theirs,
    )


def _named(base: dict[str, _Held], mine: dict[str, _Held], theirs: dict[str, _Held]) -> Names:
    found: Names = {name: name for name, held in mine.items() if theirs.get(name) == held}
    # Two groups may hold the same: each of mine meets another one of theirs.
    left: dict[_Held, list[str]] = {}
    for name, held in theirs.items():
        if name not in found:
            left.setdefault(held, []).append(name)
    for name, held in mine.items():
        if name not in found and left.get(held):
            found[name] = left[held].pop(0)
    given, used = set(found.values()), {*base, *mine, *theirs}
    for name, held in mine.items():
        if name in found:
            continue
        other = name in theirs and not _one_thing(base.get(name), held, theirs[name])
        found[name] = _free(used) if other or name in given else name
        used.add(found[name])
    return found


def _one_thing(base: _Held | None, mine: _Held, theirs: _Held) -> bool:
    """A name means one group on both sides when one of them left it as it was, or both kept some of it."""
    return base is not None and (base in {mine, theirs} or bool(base & mine & theirs))


def _free(used: set[str]) -> str:
    number = len(used) + 1
    while f"item{number}" in used:
        number += 1
    return f"item{number}"


def _held(maps: Maps, lines: Trio, rows: Rows, side: str) -> dict[str, _Held]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for member, aligned in rows.items():
        entries = getattr(maps[member], side)
        for number, row in enumerate(aligned):
            key = getattr(row, side)
            group = None if key is None else _of_entry(entries[key])
            if group is not None:
                found.setdefault(group, []).append((member, number))
    for line in getattr(lines, side):
        group = _of_line(line)
        if group is not None:
            found.setdefault(group, []).append(("", encode(_line_in(line, {group: ""}))))
    return {group: frozenset(held) for group, held in found.items()}


def merge(lines: Trio, conflicts: list[Conflict]) -> list[Any]:
    """The lines of both sides, their groups called alike: a multiset. A group that one side removed and the other
    changed stays whole and is reported.
    """
    before, here, there = map(_grouped, lines)
    mine, theirs = list(lines.mine), list(lines.theirs)
    for group, held in before.items():
        for gone, left, side in ((here, there, mine), (there, here, theirs)):
            if (
                group not in gone
                and group in left
                and _as_counted(left[group]) != _as_counted(held)
            ):
                conflicts.append(Conflict("vCardProps", left[group], None))
                side.extend(left[group])
    return counted(lines.base, mine, theirs, encode)


def _as_counted(held: list[Any]) -> list[bytes]:
    return sorted(map(encode, held))


def _grouped(side: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for line in side:
        group = _of_line(line)
        if group is not None:
            found.setdefault(group, []).append(line)
    return found


def _of_entry(entry: Any) -> str | None:
    # RFC 9555 2.3.7: an entry keeps its line's group among its vCardParams.
    return _in(entry.get("vCardParams")) if isinstance(entry, dict) else None


def _of_line(line: Any) -> str | None:
    return _in(line[1]) if isinstance(line, list) and len(line) > 1 else None


def _in(params: Any) -> str | None:
    group = params.get("group") if isinstance(params, dict) else None
    return group if isinstance(group, str) else None


def _entries_in(entries: dict[str, Any], called: Names) -> dict[str, Any]:
    return {
        key: entry | {"vCardParams": entry["vCardParams"] | {"group": called[group]}}
        if (group := _of_entry(entry)) is not None
        else entry
        for key, entry in entries.items()
    }


def _line_in(line: Any, called: Names) -> Any:
    group = _of_line(line)
    return line if group is None else [line[0], line[1] | {"group": called[group]}, *line[2:]]
