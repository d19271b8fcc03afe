"""The short road: the three hot GETs find their door by one look at the path, before the router.

The doors are the router's own, so checks, limits and bytes are the same; performance.md 4 has the figures.
"""

from collections.abc import Mapping

from starlette.types import Scope

from contact_service.endpoints.door import Door

EXACT = ("/v1/changes", "/v1/contacts")
CONTACT = "/v1/contacts/{id}"
_PREFIX = "/v1/contacts/"


class ShortRoad:
    """Finds the door for a hot path."""

    __slots__ = ("_contact", "_exact")

    def __init__(self, doors: Mapping[str, Door]) -> None:
        """`doors` are all doors by path template."""
        self._exact = {path: doors[path] for path in EXACT}
        self._contact = doors[CONTACT]

    def find(self, scope: Scope) -> Door | None:
        """The door of a hot path, its parameters put into the scope as the router would; None for another path."""
        path: str = scope["path"]
        found = self._exact.get(path)
        if found is not None:
            scope["path_params"] = {}
            return found
        if path.startswith(_PREFIX):
            rest = path[len(_PREFIX) :]
            if rest and "/" not in rest and ":" not in rest:
                scope["path_params"] = {"id": rest}
                return self._contact
        return None
