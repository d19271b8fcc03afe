"""The short road: paths without a parameter, and a contact's, find their door by one look, before the router.

The doors are the router's own, so checks, limits and bytes are the same; performance.md 4 has the figures.
"""

from collections.abc import Mapping

from starlette.types import Scope

from contact_service.endpoints.door import Door

CONTACT = "/v1/contacts/{id}"
_PREFIX = "/v1/contacts/"


class ShortRoad:
    """Finds the door for such a path."""

    __slots__ = ("_contact", "_exact")

    def __init__(self, doors: Mapping[str, Door]) -> None:
        """`doors` are all doors by path template."""
        self._exact = {path: door for path, door in doors.items() if "{" not in path}
        self._contact = doors[CONTACT]

    def find(self, scope: Scope) -> Door | None:
        """The door of the path, its parameters put into the scope as the router would; None for another one."""
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
