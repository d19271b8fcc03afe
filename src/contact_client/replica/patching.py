"""PatchObject (RFC 8620 5.3) on a card in the hand: paths, `~1` for `/` and `~0` for `~`, None to remove."""

from collections.abc import Iterator, Mapping
from typing import Any

from contact_client.replica.rebase import inside
from contact_client.values import Card, decoded


def apply(card: Card, changes: Mapping[str, Any]) -> None:
    """Change the card. Raises ValueError for a path through nothing."""
    for path, value in changes.items():
        *through, last = (
            part.replace("~1", "/").replace("~0", "~") for part in path.removeprefix("/").split("/")
        )
        parent: Any = card
        for part in through:
            parent = parent.get(part)
            if not isinstance(parent, dict):
                raise ValueError("a path leads through nothing")  # noqa: TRY004  the path is wrong, no type
        if value is None:
            parent.pop(last, None)
        else:
            parent[last] = value


def difference(before: bytes, after: bytes) -> Card:
    """The PatchObject that makes `after` of `before`."""
    return dict(_paths(decoded(before), decoded(after), ""))


def _paths(before: Card, after: Card, path: str) -> Iterator[tuple[str, Any]]:
    for name in dict.fromkeys((*before, *after)):
        was, now, place = before.get(name), after.get(name), inside(path, name)
        if was == now:
            continue
        # A path cannot go through a member without a name: what holds one is set as a whole.
        if isinstance(was, dict) and isinstance(now, dict) and "" not in {*was, *now}:
            yield from _paths(was, now, place)
        else:
            yield place, now
