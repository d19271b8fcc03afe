"""The three-way merge of a Card's name (RFC 9553 2.2.1; sync.md 3): by component; `full` is made anew where it was made
of the components before.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from contact_service.matching import names
from contact_service.model.card import Component, Name
from contact_service.model.merge import Conflict, Trio, fields, same, scalar

Parts = list[dict[str, Any]]
# How the parts stand when a name is said; in N, and so in most cards, the surname is first (RFC 6350 6.2.2).
_SAID = ("title", "given", "given2", "surname", "surname2", "generation", "credential")


def merge(values: Trio, conflicts: list[Conflict]) -> Any:
    """The merged name, UNSET when there is none any more. Its parts are scalars, and so is its removal."""
    base, mine, theirs = values
    both_changed = not (same(base, mine) or same(base, theirs) or same(mine, theirs))
    if not both_changed or not isinstance(mine, dict) or not isinstance(theirs, dict):
        return scalar(values, "name", conflicts)
    merged = fields(values.without("components", "full"), "name", conflicts)
    components = _components(values.member("components"), conflicts)
    full = _full(values, components, conflicts)
    parts = {"components": components, "full": full}
    return {name: value for name, value in parts.items() if value is not UNSET} | merged


def _components(values: Trio, conflicts: list[Conflict]) -> Any:
    """Part by part where the sides have the same kinds in a row, else the parts of a kind at once; with separators,
    which belong to their neighbours, the whole list.
    """
    base, mine, theirs = values
    kinds = {tuple(part["kind"] for part in side) for side in values if side}
    if not mine or not theirs or same(base, theirs) or same(base, mine):
        return scalar(values, "name/components", conflicts)
    if len(kinds) > 1 and any("separator" in row for row in kinds):
        return scalar(values, "name/components", conflicts)
    sides = Trio(*(_keyed(side or [], by_kind=len(kinds) > 1) for side in values))
    lost: list[Conflict] = []
    won = {key: scalar(sides.member(key), key, lost) for key in _order(sides.mine, sides.theirs)}
    kept = _listed(won)
    if lost:
        others = {conflict.path: conflict.dropped or [] for conflict in lost}
        conflicts.append(Conflict("name/components", kept, _listed(won | others)))
    return kept or UNSET


def _keyed(parts: Parts, *, by_kind: bool) -> dict[str, Parts]:
    found: dict[str, Parts] = {}
    for at, part in enumerate(parts):
        found.setdefault(part["kind"] if by_kind else str(at), []).append(part)
    return found


def _order(mine: dict[str, Parts], theirs: dict[str, Parts]) -> list[str]:
    """Theirs' order, each addition of mine behind the part it stood behind."""
    behind: dict[str, list[str]] = {"": []} | {key: [key] for key in theirs}
    last = ""
    for key in mine:
        if key in theirs:
            last = key
        else:
            behind[last].append(key)
    return [key for keys in behind.values() for key in keys]


def _listed(parts: dict[str, Any]) -> Parts:
    return [part for alike in parts.values() if alike is not UNSET for part in alike]


def _full(values: Trio, components: Any, conflicts: list[Conflict]) -> Any:
    full = values.member("full")
    write = next((way for way in (_as_listed, _as_said) if _made(values.base, way)), None)
    if write is None:
        return scalar(full, "name/full", conflicts)
    # A side that did not write a full name of its own leaves it to be made.
    own = [
        not same(text, full.base) and not _made(side, write)
        for side, text in ((values.mine, full.mine), (values.theirs, full.theirs))
    ]
    if not any(own):
        return write(components) if components is not UNSET else UNSET
    mine, theirs = (
        text if its_own else full.base
        for its_own, text in zip(own, (full.mine, full.theirs), strict=True)
    )
    return scalar(Trio(full.base, mine, theirs), "name/full", conflicts)


def _made(name: Any, write: Callable[[Parts], str]) -> bool:
    return bool(
        isinstance(name, dict)
        and name.get("components")
        and name.get("full") == write(name["components"])
    )


def _as_listed(parts: Parts) -> str:
    return names.written(Name(components=msgspec.convert(parts, tuple[Component, ...])))


def _as_said(parts: Parts) -> str:
    said = sorted((p for p in parts if p["kind"] in _SAID), key=lambda p: _SAID.index(p["kind"]))
    return " ".join(part["value"] for part in said)
