"""An edit carried over to other content: what the owner changed between `before` and `after`, done to `theirs`.

The service merges by what entries mean (phones by number …); this small sister of it aligns by member and map key, and
is needed only for an edit made while an earlier one of the same contact was on its way. It invents no value and drops
none silently: where both changed, the owner's stands and the other is told.
"""

from typing import Any

from msgspec import UNSET

from contact_client.values import Conflict, decoded, encoded


def rebase(before: bytes, after: bytes, theirs: bytes) -> tuple[bytes, tuple[Conflict, ...]]:
    """`theirs` with what changed from `before` to `after`, and what that replaced."""
    conflicts: list[Conflict] = []
    merged = _value(decoded(before), decoded(after), decoded(theirs), "", conflicts)
    return encoded(merged), tuple(conflicts)


def _value(before: Any, after: Any, theirs: Any, path: str, conflicts: list[Conflict]) -> Any:
    if after in (before, theirs):
        return theirs
    if before == theirs:
        return after
    if isinstance(after, dict) and isinstance(theirs, dict):
        return _members(before if isinstance(before, dict) else {}, after, theirs, path, conflicts)
    # Removed on one side, edited on the other: the edit stands (sync.md 3).
    kept, dropped = (theirs, after) if after is UNSET else (after, theirs)
    conflicts.append(Conflict(path, kept, None if dropped is UNSET else dropped))
    return kept


def _members(
    before: dict[str, Any],
    after: dict[str, Any],
    theirs: dict[str, Any],
    path: str,
    conflicts: list[Conflict],
) -> dict[str, Any]:
    merged = {}
    for name in dict.fromkeys((*theirs, *after)):
        was, mine, stands = (side.get(name, UNSET) for side in (before, after, theirs))
        value = _value(was, mine, stands, inside(path, name), conflicts)
        if value is not UNSET:
            merged[name] = value
    return merged


def inside(path: str, name: str) -> str:
    """The path of a member (RFC 6901 3)."""
    name = name.replace("~", "~0").replace("/", "~1")
    return f"{path}/{name}" if path else name
