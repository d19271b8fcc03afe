"""What the owner says of a contact beyond its sources: `Claim.said` what she wrote, `Claim.denied` what she removed.

`of` tells it from how the contact stands, `over` lays it over what sources say: over(base, of(base, standing)) says
what stands. So the owner's edits outlive whatever becomes of the sources, and nothing else does (imports.md).
"""

from collections import Counter
from collections.abc import Hashable
from typing import Any

import msgspec
from msgspec import UNSET

from contact_service.formats import merging_values
from contact_service.formats.merging_values import COLLECTIONS
from contact_service.matching.phones import Memo
from contact_service.model.alignment import Row, align
from contact_service.model.merge import encode, same

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FRAME = frozenset({"@type", "version", "uid"})
_LINES = "vCardProps"

Members = dict[str, Any]
Entries = dict[str, Any]


class Claim(msgspec.Struct, frozen=True):
    """`said`: a Card; `denied`: an object of the members that the owner removed, or the removed entries of them."""

    said: bytes
    denied: bytes = b"{}"


def of(base: bytes | None, standing: bytes, former: Claim | None, region: str | None) -> Claim:
    """What the owner says where sources say `base` and the contact stands as `standing`. What she claimed before
    (`former`) and still stands is hers, also where sources say it by now.
    """
    sides = [_members(side) for side in (base, standing)]
    before, now = sides
    own = _members(former.said) if former is not None else {}
    gone = _members(former.denied) if former is not None else {}
    said: Members = {name: now[name] for name in now if name in _FRAME}
    denied: Members = {}
    memo = Memo()
    for name in dict.fromkeys((*now, *before, *gone)):
        if name in _FRAME:
            continue
        values = tuple(side.get(name, UNSET) for side in (before, now, own, gone))
        kept, lost = _told(name, values, region, memo)
        if kept is not UNSET:
            said[name] = kept
        if lost is not UNSET:
            denied[name] = lost
    return Claim(msgspec.json.encode(said), msgspec.json.encode(denied))


def over(base: bytes | None, claim: Claim | None, region: str | None) -> bytes | None:
    """What stands where sources say `base` and the owner claims that; None where nobody says anything."""
    if claim is None:
        return base
    if base is None:
        return claim.said
    told, own, gone = _members(base), _members(claim.said), _members(claim.denied)
    memo = Memo()
    made: Members = {}
    for name in dict.fromkeys((*told, *own)):
        values = tuple(side.get(name, UNSET) for side in (told, own, gone))
        found = told[name] if name in _FRAME else _laid(name, values, region, memo)
        if found is not UNSET:
            made[name] = found
    return msgspec.json.encode(made)


def _members(card: bytes | None) -> Members:
    return {name: _value(raw) for name, raw in _MEMBERS.decode(card or b"{}").items()}


def _value(raw: msgspec.Raw) -> Any:
    """What the member says; one with a number that no machine holds stays as it is spelled."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return raw


def _are(kind: type, values: tuple[Any, ...]) -> bool:
    return all(value is UNSET or isinstance(value, kind) for value in values)


def _told(name: str, values: tuple[Any, ...], region: str | None, memo: Memo) -> tuple[Any, Any]:
    """(what is claimed of a member, what is denied of it)."""
    if name in COLLECTIONS and _are(dict, values):
        sides = tuple({} if value is UNSET else value for value in values)
        kept, lost = _entries_told(merging_values.of(name, region, memo), *sides)
        return kept or UNSET, lost or UNSET
    if name == _LINES and _are(list, values):
        lines = tuple([] if value is UNSET else value for value in values)
        kept_lines, lost_lines = _lines_told(*lines)
        return kept_lines or UNSET, lost_lines or UNSET
    before, now, own, gone = values
    if now is not UNSET:
        return (UNSET, UNSET) if own is UNSET and _alike(before, now) else (now, UNSET)
    return UNSET, before if before is not UNSET else gone


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, msgspec.Raw) or isinstance(other, msgspec.Raw):
        return bool(one == other)
    return same(one, other)


def _entries_told(
    known_by: merging_values.Value, before: Entries, now: Entries, own: Entries, gone: Entries
) -> tuple[Entries, Entries]:
    called = {key: known_by(key, entry) for key, entry in now.items()}
    claimed = set(_paired(now, own, known_by))
    lost: Entries = {}
    for row in align(before, now, {}, known_by):
        replaced = (
            row.mine is None or row.base is None or not _is_one(row, before, called, known_by)
        )
        if row.mine is not None and (replaced or not same(before[row.base or ""], now[row.mine])):
            claimed.add(row.mine)
        if row.base is not None and replaced:
            lost[row.base] = before[row.base]
    # Of several alike all are hers: else one that sources say would be taken for one of them.
    alike = {called[key] for key in claimed}
    kept = {key: entry for key, entry in now.items() if called[key] in alike}
    # What was denied before and does not stand is denied still; what sources say of it again is in `lost` by now.
    known = {*called.values(), *(known_by(key, entry) for key, entry in lost.items())}
    for key, entry in gone.items():
        if known_by(key, entry) not in known:
            lost[_free(key, lost)] = entry
    return kept, lost


def _is_one(
    row: Row, before: Entries, called: dict[str, Hashable], known_by: merging_values.Value
) -> bool:
    assert row.base is not None, "the caller looked"
    assert row.mine is not None, "the caller looked"
    return known_by(row.base, before[row.base]) == called[row.mine]


def _lines_told(
    before: list[Any], now: list[Any], own: list[Any], gone: list[Any]
) -> tuple[list[Any], list[Any]]:
    told, stands, mine, denied = (Counter(map(encode, lines)) for lines in (before, now, own, gone))
    hers = {line for line, n in stands.items() if mine[line] or n > told[line]}
    lost = told - stands
    lost |= Counter({line: n for line, n in denied.items() if not stands[line]})
    kept = [line for line in now if encode(line) in hers]
    return kept, [msgspec.json.decode(line) for line in lost.elements()]


def _laid(name: str, values: tuple[Any, ...], region: str | None, memo: Memo) -> Any:
    told, own, gone = values
    if name in COLLECTIONS and _are(dict, values):
        sides = tuple({} if value is UNSET else value for value in values)
        return _entries_laid(name, merging_values.of(name, region, memo), *sides) or UNSET
    if name == _LINES and _are(list, values):
        lines = tuple([] if value is UNSET else value for value in values)
        return _lines_laid(*lines) or UNSET
    if own is not UNSET:
        return own
    return UNSET if _alike(told, gone) else told


def _entries_laid(
    name: str, known_by: merging_values.Value, told: Entries, own: Entries, gone: Entries
) -> Entries:
    mine = _paired(told, own, known_by)
    rest = {key: entry for key, entry in told.items() if key not in mine}
    dropped = _paired(rest, gone, known_by).keys()
    made = {
        key: own[mine[key]] if key in mine else entry
        for key, entry in told.items()
        if key not in dropped
    }
    placed = set(mine.values())
    for key, entry in own.items():
        if key not in placed:
            made[key if name in merging_values.SETS else _free(key, made)] = entry
    return made


def _paired(one: Entries, other: Entries, known_by: merging_values.Value) -> dict[str, str]:
    """Which entries of one are the same thing as which of the other."""
    return {
        row.mine: row.theirs
        for row in align({}, one, other, known_by)
        if row.mine is not None and row.theirs is not None
    }


def _lines_laid(told: list[Any], own: list[Any], gone: list[Any]) -> list[Any]:
    mine, denied = Counter(map(encode, own)), Counter(map(encode, gone))
    made: list[Any] = []
    for line in told:
        spelled = encode(line)
        if mine[spelled]:
            continue
        if denied[spelled]:
            denied[spelled] -= 1
        else:
            made.append(line)
    return made + own


def _free(key: str, taken: Entries) -> str:
    number = 2
    found = key
    while found in taken:
        found = f"{key[:240]}-{number}"
        number += 1
    return found
