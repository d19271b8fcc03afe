"""Facebook Graph API: friends who use the app too, by ids of the app's own; cursors, permissions, errors by code.

Published: developers.facebook.com, graph-api/reference/user/friends, graph-api/results, guides/error-handling; schema:
published/facebook.json.
"""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from contact_emulators.answers import Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation, bounded
from contact_emulators.knobs import Fault
from contact_emulators.oauth import Authority
from contact_emulators.oauth_terms import CODES, Rules, oauth_error

VERSION = "/v23.0"
FRIENDS = "user_friends"
RULES = Rules(
    authorize=f"{VERSION}/dialog/oauth",
    token=f"{VERSION}/oauth/access_token",
    lives_s=5_184_000,
    exchange="fb_exchange_token",
    token_methods=("GET", "POST"),
)
_CODES = {401: 190, 403: 10, 429: 4, 400: 100}
_KINDS = {190: "OAuthException", 10: "OAuthException", 4: "OAuthException"}


class Facebook(Emulator):
    """`friends`: names by id, of those who use the app; `all_friends`: how many there are in all. A knob `forbidden`
    with a number as its value is an error of that code.
    """

    name: ClassVar[str] = "facebook"
    # None is published that may be used: ours lies beside this file, wherever the others' are.
    schema_file: ClassVar[str] = str(Path(__file__).parent / "published" / "facebook.json")
    error_schema: ClassVar[str] = "Error"

    def __init__(self, schemas: Path | None = None) -> None:
        self.friends: dict[str, str] = {}
        self.all_friends = 0
        self.authority = Authority(self, RULES)
        super().__init__(schemas)

    def operations(self) -> Sequence[Operation]:
        """Friends, permissions, and Facebook Login."""
        listing = Listing("data", "")
        return [
            Operation("friends", f"{VERSION}/me/friends", self._friends, listing=listing),
            Operation("permissions", f"{VERSION}/me/permissions", self._permissions),
            Operation("revoke", f"{VERSION}/me/permissions", self._revoke, ("DELETE",)),
            *self.authority.operations(),
        ]

    def refusal(self, status: int, reason: str = "") -> Answer:
        """Graph's error, whose code says more than its status; `reason`: a code, or one of the token endpoint's."""
        if reason in CODES:
            return oauth_error(reason, status)
        code = int(reason) if reason.isdigit() else _CODES.get(status, 2)
        kind = _KINDS.get(code, "GraphMethodException")
        told = {"message": f"(#{code}) The request failed.", "type": kind, "code": code}
        # Throttling is told with 400 as most other things are.
        shown = 400 if status in {403, 429} else status
        return Answer({"error": {**told, "fbtrace_id": "AbCdEfGhIjKlMnOp"}}, shown)

    def fill(self, contacts: int, seed: int) -> None:
        """As many made-up friends."""
        self.friends = {str(10_000 * seed + at): f"Friend No. {at}" for at in range(contacts)}
        self.all_friends = contacts * 3

    async def _friends(self, call: Call) -> Answer:
        """A page in the order of ids; nobody and no error where the permission was not given."""
        if FRIENDS not in call.scopes:
            return Answer({"data": []}, schema="Friends")
        params = call.request.query_params
        size = bounded(params.get("limit"), 1, 5_000, 25)
        if call.fault(Fault.SHORT_PAGE):
            size = max(1, size // 2)
        if params.get("after") and call.fault(Fault.EXPIRED_CURSOR):
            return self.refusal(400, "100")
        after = _place(params.get("after", ""))
        waiting = sorted((who for who in self.friends if int(who) > after), key=int)
        page = [] if call.fault(Fault.EMPTY_PAGE) else waiting[:size]
        body: dict[str, Any] = {
            "data": [{"id": who, "name": self.friends[who]} for who in page],
            "summary": {"total_count": self.all_friends},
        }
        last = int(page[-1]) if page else after
        if page or waiting:
            body["paging"] = self._paging(call, after, last, more=len(page) < len(waiting))
        return Answer(body, schema="Friends")

    def _paging(self, call: Call, after: int, last: int, *, more: bool) -> dict[str, Any]:
        cursors = {"before": _cursor(after), "after": _cursor(last)}
        if not more:
            return {"cursors": cursors}
        foreign = call.fault(Fault.FOREIGN_LINK)
        # As the real one does, with the token of whoever asked.
        url = call.request.url.remove_query_params("after").include_query_params(
            access_token=_token(call),
            after=_cursor(after if call.fault(Fault.ENDLESS) else last),
        )
        link = foreign.value or "https://elsewhere.example/next" if foreign else str(url)
        return {"cursors": cursors, "next": link}

    async def _permissions(self, call: Call) -> Answer:
        granted = [{"permission": each, "status": "granted"} for each in sorted(call.scopes)]
        if FRIENDS not in call.scopes:
            granted.append({"permission": FRIENDS, "status": "declined"})
        return Answer({"data": granted}, schema="Permissions")

    async def _revoke(self, call: Call) -> Answer:
        """The app is removed from the account of whoever asks."""
        token = _token(call)
        for grant in [one for one in self.authority.grants if token in one.tokens]:
            self.authority.grants.remove(grant)
            for each in grant.tokens:
                self.shut_out(each)
        self.shut_out(token)
        return Answer({"success": True}, schema="Success")


def _token(call: Call) -> str:
    told = call.request.headers.get("authorization", "").partition(" ")[2]
    return told or str(call.request.query_params.get("access_token", ""))


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor) or b"0")
    except (ValueError, binascii.Error):
        return 0
