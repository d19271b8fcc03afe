"""Which entries of three maps are the same thing, when their keys may have changed (sync.md 3).

Map ids are not stable: a client that speaks vCard makes new ones. So entries are aligned by their value first, and by
id only where one side changed the value. Linear in the number of entries, however many have the same value.
"""

from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from contact_service.model.merge import encode

Entries = Mapping[str, Any]
Made = Mapping[str, tuple[str, bytes]]
NOTHING: Made = MappingProxyType({})


class Row(msgspec.Struct):
    """One thing: its key on each side, None where that side does not have it."""

    base: str | None = None
    mine: str | None = None
    theirs: str | None = None


def align(
    base: Entries, mine: Entries, theirs: Entries, value: Callable[[str, Any], Hashable]
) -> list[Row]:
    """Every entry of each side, in one Row each. `value`: what an entry is known by, from its key and itself."""
    groups: dict[Hashable, tuple[list[str], list[str], list[str]]] = {}
    for side, entries in enumerate((base, mine, theirs)):
        for key, entry in entries.items():
            groups.setdefault(value(key, entry), ([], [], []))[side].append(key)
    rows: list[Row] = []
    for alike in groups.values():
        in_base, in_mine, in_theirs = alike
        if len(in_base) < 2 and len(in_mine) < 2 and len(in_theirs) < 2:
            rows.append(Row(_only(in_base), _only(in_mine), _only(in_theirs)))
        else:
            rows += _told_apart(alike, (base, mine, theirs))
    return _joined(rows)


def _only(keys: list[str]) -> str | None:
    return keys[0] if keys else None


def _told_apart(
    alike: tuple[list[str], list[str], list[str]], sides: tuple[Entries, Entries, Entries]
) -> list[Row]:
    """Rows for entries of one value, of which a side has several."""
    in_base, in_mine, in_theirs = (
        {key: encode(entries[key]) for key in keys}
        for keys, entries in zip(alike, sides, strict=True)
    )
    # What both sides have alike under a new key is the same addition, unless nothing else is left of base's.
    twins = {k: c for k, c in in_mine.items() if k not in in_base and in_theirs.get(k) == c}
    own_mine, own_theirs = _without(in_mine, twins), _without(in_theirs, twins)
    # Of several alike, the ones that the other side still has come first, or what it made of them: each side may have
    # dropped another one of them, and both would go.
    unmoved = {key for key, content in in_base.items() if in_theirs.get(key) == content}
    to_mine = _pairs(_first(in_base, unmoved), own_mine)
    made = {key: (found, in_mine[found]) for key, found in to_mine.items()}
    to_theirs = _pairs(in_base, own_theirs, made)
    renamed = _pairs(_without(in_base, {*to_mine, *to_theirs}), twins)
    to_mine, to_theirs = to_mine | renamed, to_theirs | renamed
    rows = [Row(key, to_mine.get(key), to_theirs.get(key)) for key in in_base]
    new_mine = _without(in_mine, to_mine.values())
    new_theirs = _without(in_theirs, to_theirs.values())
    both = _pairs(new_mine, new_theirs)
    rows += [Row(None, key, both.get(key)) for key in new_mine]
    rows += [Row(None, None, key) for key in _without(new_theirs, both.values())]
    return rows


def _first(entries: dict[str, bytes], keys: Container[str]) -> dict[str, bytes]:
    """The same entries, those of `keys` before the others."""
    return dict(sorted(entries.items(), key=lambda entry: entry[0] not in keys))


def _pairs(left: dict[str, bytes], right: dict[str, bytes], made: Made = NOTHING) -> dict[str, str]:
    """Keys of left to keys of right: first those that are equal and have the same key, at last any two. `made`: what
    the other side made of left's, for it may be the same edit that comes twice.
    """
    found: dict[str, str] = {}
    own: Made = {key: (key, content) for key, content in left.items()}
    passes = (
        (_as_it_is, own),
        (_as_it_is, made),
        (_content, made),
        (_content, own),
        (_key, own),
        (_anything, own),
    )
    for mark, given in passes:
        pool: dict[Hashable, list[str]] = {}
        taken = set(found.values())
        for key in reversed(right):
            if key not in taken:
                pool.setdefault(mark(key, right[key]), []).append(key)
        for key, known in given.items():
            if key not in found and (free := pool.get(mark(*known))):
                found[key] = free.pop()
    return found


def _as_it_is(key: str, content: bytes) -> Hashable:
    return key, content


def _content(_: str, content: bytes) -> Hashable:
    return content


def _key(key: str, _: bytes) -> Hashable:
    return key


def _anything(_: str, __: bytes) -> Hashable:
    return None


def _without(entries: dict[str, bytes], taken: Iterable[str]) -> dict[str, bytes]:
    gone = set(taken)
    return {key: content for key, content in entries.items() if key not in gone}


def _joined(rows: list[Row]) -> list[Row]:
    """A value that base does not have is an edit of base's entry of the same key, if that value is gone."""
    known = {row.base: row for row in rows if row.base is not None}
    kept: list[Row] = []
    for row in rows:
        former = None if row.base is not None else _former(row, known)
        if former is None:
            kept.append(row)
        else:
            former.mine = row.mine if former.mine is None else former.mine
            former.theirs = row.theirs if former.theirs is None else former.theirs
    return kept


def _former(row: Row, known: dict[str, Row]) -> Row | None:
    for key, own in ((row.mine, "mine"), (row.theirs, "theirs")):
        former = known.get(key) if key is not None else None
        if former is not None and getattr(former, own) is None and _fits(row, former):
            return former
    return None


def _fits(row: Row, former: Row) -> bool:
    return (row.mine is None or former.mine is None) and (
        row.theirs is None or former.theirs is None
    )
