"""A Header Store: users, versions, a feed whose tokens really compute changes, and how it can lie.

Contract: docs/contracts/header-store.openapi.yaml.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from contact_emulators.answers import Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation
from contact_emulators.knobs import Fault

MOST = 500
_LISTING = Listing("changed", "token", "since")
_SCOPE = frozenset({"headers"})


class HeaderStore(Emulator):
    """`page`: changes a page. `outdated`: told once more at the end of each page, as states of long ago."""

    name: ClassVar[str] = "header-store"
    schema_file: ClassVar[str] = "header-store.openapi.yaml"

    def __init__(self, schemas: Path | None = None) -> None:
        self.page = 100
        self.outdated: list[dict[str, Any]] = []
        self._users: dict[str, dict[str, Any]] = {}
        self._places: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._last = 0
        self._floor = 0
        # The contract lies with the documents; the demo goes without.
        there = schemas is not None and (schemas / self.schema_file).is_file()
        super().__init__(schemas if there else None)
        self.tokens["demo"] = _SCOPE

    def put(self, user: str, *identifiers: str, **members: Any) -> int:
        """A user comes or changes; the version."""
        self._last += 1
        self._gone.pop(user, None)
        self._places[user] = self._last
        self._users[user] = {
            "userId": user,
            "version": self._last,
            "status": "active",
            "identifiers": list(identifiers),
            **members,
        }
        return self._last

    def remove(self, user: str) -> int:
        """A user is none any more; as of which version."""
        self._last += 1
        del self._users[user]
        self._places[user] = self._gone[user] = self._last
        return self._last

    def expire(self) -> None:
        """Every token that was given is forgotten, and with them who is gone."""
        self._last += 1
        self._floor = self._last
        for user in self._gone:
            del self._places[user]
        self._gone.clear()

    def truth(self) -> dict[str, dict[str, Any]]:
        """The users by id."""
        return dict(self._users)

    def operations(self) -> Sequence[Operation]:
        """The three of the contract. Changes first: it is no user's id."""
        return (
            Operation(
                "changes", "/v1/users/changes", self._changes, scopes=_SCOPE, listing=_LISTING
            ),
            Operation("batch", "/v1/users:batchGet", self._batch, ("POST",), scopes=_SCOPE),
            Operation("user", "/v1/users/{user}", self._user, scopes=_SCOPE),
        )

    def refusal(self, status: int, reason: str = "") -> Answer:
        """An error; the contract asks for no form."""
        return Answer({"error": reason or "refused"}, status)

    async def _user(self, call: Call) -> Answer:
        found = self._users.get(call.request.path_params["user"])
        if found is None:
            return self.refusal(404)
        tag = f'"{found["version"]}"'
        if call.request.headers.get("if-none-match") == tag:
            return Answer(b"", 304, {"ETag": tag})
        return Answer(found, headers={"ETag": tag}, schema="User")

    async def _batch(self, call: Call) -> Answer:
        try:
            wanted = msgspec.json.decode(await call.request.body())["userIds"]
            found = [self._users[user] for user in dict.fromkeys(wanted) if user in self._users]
        except (msgspec.DecodeError, KeyError, TypeError):
            return self.refusal(400)
        if len(wanted) > MOST:
            return self.refusal(413)
        return Answer({"users": found}, schema="Users")

    async def _changes(self, call: Call) -> Answer:
        since = call.request.query_params.get("since")
        if call.fault(Fault.EXPIRED_CURSOR) or (since is not None and not self._knows(since)):
            return self.refusal(410)
        begun, after = _read(since) if since else (self._last, 0)
        later = sorted((place, user) for user, place in self._places.items() if place > after)
        told = later[: self.page]
        body: dict[str, Any] = {
            "changed": [self._users[user] for _, user in told if user in self._users],
            "removed": [
                {"userId": user, "version": place} for place, user in told if user in self._gone
            ],
            "more": len(later) > len(told),
            "token": f"{begun}.{told[-1][0]}" if len(later) > len(told) else f"{self._last}.0",
        }
        body["changed"] += self.outdated
        return Answer(body, schema="Page")

    def _knows(self, token: str) -> bool:
        # Of pages of all users: when that reading began.
        begun, after = _read(token)
        return self._floor <= max(begun, after) <= self._last


def _read(token: str) -> tuple[int, int]:
    begun, _, after = token.partition(".")
    if not begun.isdigit() or not after.isdigit():
        return -1, -1
    return int(begun), int(after) or int(begun)
