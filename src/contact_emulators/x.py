"""X API v2, users: followers and followed by pages that may be short, a price for each user, limits that reset.

Published: the pydantic models of X's own SDK (package xdk), as JSON Schema; docs.x.com, fundamentals/rate-limits.
"""

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from contact_emulators.answers import Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation, bounded
from contact_emulators.knobs import Fault
from contact_emulators.oauth import Authority
from contact_emulators.oauth_terms import CODES, Rules, oauth_error

READ = frozenset({"users.read"})
FOLLOWS = frozenset({"follows.read"})
RULES = Rules(
    authorize="/i/oauth2/authorize",
    token="/2/oauth2/token",  # noqa: S106  a path of the provider, no secret
    revoke="/2/oauth2/revoke",
    offline="offline.access",
    rotates=True,
    lives_s=7_200,
)
ME = "2244994945"
_PROBLEM = "https://api.x.com/2/problems/"
_SLUGS = {400: "invalid-request", 403: "not-authorized-for-resource", 404: "resource-not-found"}


class X(Emulator):
    """`followers`, `following`: names by id. `returned`: how many users were told of so far, each of which costs.
    `resets_in_s`: what a 429 says in `x-rate-limit-reset`.
    """

    name: ClassVar[str] = "x"
    schema_file: ClassVar[str] = "x-users.openapi.json"

    def __init__(self, schemas: Path | None = None) -> None:
        self.followers: dict[str, str] = {}
        self.following: dict[str, str] = {}
        self.returned = 0
        self.resets_in_s = 900
        self._valid: dict[str, tuple[str, int]] = {}
        self._numbers = itertools.count(1)
        self.authority = Authority(self, RULES)
        super().__init__(schemas)

    def operations(self) -> Sequence[Operation]:
        """The owner, both lists, and X's authorization server."""
        listing = Listing("data", "")
        user = "/2/users/{id}"
        return [
            Operation("users.me", "/2/users/me", self._me, scopes=READ),
            Operation(
                "followers", f"{user}/followers", self._followers, scopes=FOLLOWS, listing=listing
            ),
            Operation(
                "following", f"{user}/following", self._following, scopes=FOLLOWS, listing=listing
            ),
            *self.authority.operations(),
        ]

    def refusal(self, status: int, reason: str = "") -> Answer:
        """A problem of X; `reason`: its slug, or one of the token endpoint's."""
        if reason in CODES:
            return oauth_error(reason, status)
        slug = reason or _SLUGS.get(status, "about:blank")
        body = {"title": slug, "detail": "The request failed.", "status": status}
        body["type"] = f"{_PROBLEM}{slug}" if ":" not in slug else slug
        headers = {}
        if status == 429:
            headers["x-rate-limit-reset"] = str(int(time.time()) + self.resets_in_s)
        return Answer(body, status, headers)

    def fill(self, contacts: int, seed: int) -> None:
        """As many followers; every third is followed, and some others."""
        people = {str(10**9 * seed + at): f"Person {at}" for at in range(contacts)}
        self.followers = people
        others = {str(2 * 10**9 * seed + at): f"Star {at}" for at in range(contacts // 10)}
        self.following = {who: people[who] for who in list(people)[::3]} | others

    def forget(self) -> None:
        """Tokens given so far mean nothing from now on."""
        self._valid.clear()

    async def _me(self, call: Call) -> Answer:
        user = _user(ME, "The owner")
        if "public_metrics" in call.request.query_params.get("user.fields", ""):
            user["public_metrics"] = {
                "followers_count": len(self.followers),
                "following_count": len(self.following),
                "post_count": 0,
                "listed_count": 0,
            }
        self.returned += 1
        return Answer({"data": user}, schema="GetMeResponse")

    async def _followers(self, call: Call) -> Answer:
        return self._listed(call, self.followers, "GetFollowersResponse")

    async def _following(self, call: Call) -> Answer:
        return self._listed(call, self.following, "GetFollowingResponse")

    def _listed(self, call: Call, people: dict[str, str], schema: str) -> Answer:
        if call.request.path_params["id"] != ME:
            return self.refusal(403)
        params = call.request.query_params
        token = params.get("pagination_token", "")
        expired = bool(token) and call.fault(Fault.EXPIRED_CURSOR) is not None
        if expired or (token and self._valid.get(token, ("",))[0] != call.operation):
            return self.refusal(400)
        place = self._valid[token][1] if token else 0
        size = bounded(params.get("max_results"), 1, 1_000, 100)
        # What is asked for is the most that may come: 84 of 100 are usual.
        shown = 0 if call.fault(Fault.EMPTY_PAGE) else size
        if call.fault(Fault.SHORT_PAGE):
            shown = max(1, size * 84 // 100)
        page = list(people.items())[place : place + shown]
        self.returned += len(page)
        meta: dict[str, Any] = {"result_count": len(page)}
        if place + len(page) < len(people):
            again = token if call.fault(Fault.ENDLESS) and token else ""
            meta["next_token"] = again or self._token(call, place + len(page))
        body: dict[str, Any] = {"meta": meta}
        if page:
            body["data"] = [_user(who, name) for who, name in page]
        return Answer(body, schema=schema)

    def _token(self, call: Call, place: int) -> str:
        token = f"{next(self._numbers):04X}PAGE{place:08X}"
        self._valid[token] = (call.operation, place)
        return token


def _user(who: str, name: str) -> dict[str, Any]:
    return {"id": who, "name": name, "username": name.replace(" ", "_").lower()}
