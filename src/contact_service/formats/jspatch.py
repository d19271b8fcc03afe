"""PatchObject (RFC 8620 5.3, RFC 9553 1.4.3): paths into a card, `~1` for `/` and `~0` for `~`, null to remove."""

from itertools import pairwise
from typing import Any

import msgspec

from contact_service.model.card import Fields
from contact_service.model.problem import InvalidCard

_FIXED = frozenset({"id", "etag", "addressBook"})
# Path parts that may be named in a Problem: members of RFC 9553. A user-made key is told as `*` (law 9).
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(Fields))
_LONGEST = 1_000


def apply(card: dict[str, Any], changes: dict[str, Any]) -> None:
    """Change `card` in place. Raises InvalidCard (422) before the first change is made."""
    if len(changes) > _LONGEST:
        raise InvalidCard("", f"more than {_LONGEST} changes")
    paths = {path: _segments(path) for path in changes}
    _refuse_overlaps(list(paths.values()))
    for path, value in changes.items():
        _set(card, paths[path], value)


def _segments(path: str) -> tuple[str, ...]:
    segments = tuple(
        part.replace("~1", "/").replace("~0", "~") for part in path.removeprefix("/").split("/")
    )
    if segments[0] in _FIXED:
        raise InvalidCard(f"/{segments[0]}", "cannot be changed")
    if "" in segments:
        raise InvalidCard("", "a path has an empty part")
    return segments


def _refuse_overlaps(paths: list[tuple[str, ...]]) -> None:
    # Sorted, a path stands right before the first of those that begin with it.
    ordered = sorted(paths)
    for first, second in pairwise(ordered):
        if second[: len(first)] == first:
            raise InvalidCard(_told(second), "two changes, one inside the other")


def _set(card: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    parent: Any = card
    for part in path[:-1]:
        parent = parent.get(part)
        if not isinstance(parent, dict):
            # Arrays cannot be entered: RFC 8620 5.3 has them replaced as a whole.
            raise InvalidCard(_told(path), "leads through nothing that can be changed")
    if value is None:
        parent.pop(path[-1], None)
    else:
        parent[path[-1]] = value


def _told(path: tuple[str, ...]) -> str:
    return f"/{path[0]}/*" if path[0] in _KNOWN else "/*"
