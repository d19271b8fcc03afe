"""Microsoft Graph v1.0, contacts: delta links that compute changes, immutable ids, moves, throttling, lost sync states.

Published: microsoftgraph/msgraph-metadata; Graph docs delta-query-overview, throttling-limits, outlook-immutable-id.
"""

import base64
import itertools
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from contact_emulators.answers import Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation, bounded
from contact_emulators.knobs import Fault
from contact_emulators.microsoft_mailbox import DEFAULT, FOLDERS, Kept, Mailbox
from contact_emulators.oauth import Authority
from contact_emulators.oauth_terms import CODES, Rules, oauth_error

READ = frozenset({"Contacts.Read", "Contacts.ReadWrite"})
RULES = Rules(
    authorize="/common/oauth2/v2.0/authorize",
    token="/common/oauth2/v2.0/token",  # noqa: S106  a path of the provider, no secret
    offline="offline_access",
    rotates=True,
)
LARGEST_PAGE = 1_000
_TEXTS = (
    "assistantName birthday businessHomePage companyName department displayName fileAs generation givenName initials "
    "jobTitle manager middleName mobilePhone nickName officeLocation personalNotes profession spouseName surname title "
    "yomiCompanyName yomiGivenName yomiSurname businessAddress homeAddress otherAddress primaryEmailAddress "
    "secondaryEmailAddress tertiaryEmailAddress"
).split()
_LISTS = "businessPhones categories children emailAddresses homePhones imAddresses".split()
_LISTING = Listing("value", "@odata.nextLink", next_is_link=True)
_CODES = {
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    410: "SyncStateNotFound",
    429: "ApplicationThrottled",
    500: "ErrorInternalServerError",
    503: "ServiceNotAvailable",
}
_PAGE_SIZE = re.compile(r"odata\.maxpagesize=(\d{1,6})", re.IGNORECASE)
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
Render = Callable[[str], dict[str, Any]]


class Microsoft(Emulator):
    """`box` is the store. `expire()` makes the service forget every link it gave, as it does at no fixed age."""

    name: ClassVar[str] = "microsoft"
    schema_file: ClassVar[str] = "microsoft-graph-contacts.openapi.json"
    error_schema: ClassVar[str] = "error"

    def __init__(self, schemas: Path | None = None) -> None:
        self.box = Mailbox()
        self.authority = Authority(self, RULES)
        self._expired = ""
        self._valid_from = 0
        self._numbers = itertools.count(1)
        super().__init__(schemas)

    def operations(self) -> Sequence[Operation]:
        """Folders, contacts, their deltas, photos, and Microsoft's authorization server."""
        me = "/v1.0/me"
        made = []
        # Written with and without parentheses: both are a function's call in OData.
        for call in ("delta", "delta()"):
            made += [
                self._op("folders.delta", f"{me}/contactFolders/{call}", self._folder_changes),
                self._op("contacts.delta", f"{me}/contacts/{call}", self._changes),
                self._op(
                    "folder.contacts.delta",
                    f"{me}/contactFolders/{{folder}}/contacts/{call}",
                    self._changes,
                ),
            ]
        return [
            *made,
            self._op("folders.list", f"{me}/contactFolders", self._folders),
            self._op("contacts.list", f"{me}/contacts", self._contacts),
            self._op(
                "folder.contacts.list", f"{me}/contactFolders/{{folder}}/contacts", self._contacts
            ),
            Operation("contacts.get", f"{me}/contacts/{{id}}", self._contact, scopes=READ),
            Operation(
                "contacts.photo", f"{me}/contacts/{{id}}/photo/$value", self._photo, scopes=READ
            ),
            *self.authority.operations(),
        ]

    def refusal(self, status: int, reason: str = "") -> Answer:
        """Graph's error; `reason` is its code, or one of the token endpoint's."""
        if reason in CODES:
            return oauth_error(reason, status)
        code = reason or _CODES.get(status, "ErrorInvalidRequest")
        return Answer({"error": {"code": code, "message": f"The request failed: {code}."}}, status)

    def fill(self, contacts: int, seed: int) -> None:
        """As many made-up contacts in three folders."""
        self.box.fill(contacts, seed)

    def expire(self, form: str = "") -> None:
        """Links given so far are refused from now on: "" is 410 with Location, else 400 or 404 and a code:
        `400 resyncRequired`, `404 SyncStateNotFound`.
        """
        self._expired = form
        self._valid_from = next(self._numbers)

    @staticmethod
    def _op(name: str, path: str, answer: Any) -> Operation:
        return Operation(name, path, answer, scopes=READ, listing=_LISTING)

    async def _folder_changes(self, call: Call) -> Answer:
        return self._delta(call, FOLDERS, self._folder, "contactFolderDelta")

    async def _changes(self, call: Call) -> Answer:
        folder = call.request.path_params.get("folder", DEFAULT)
        if folder != DEFAULT and folder not in self.box.folders:
            return self.refusal(404)
        return self._delta(call, folder, self._rendering(call), "contactDelta")

    def _delta(self, call: Call, journal: str, render: Render, schema: str) -> Answer:
        """A page of what was touched in `journal` since the link was given; without a link, of all that is there."""
        token = call.request.query_params
        sent = token.get("$skiptoken") or token.get("$deltatoken") or ""
        link = _unpacked(sent)
        if sent and (link is None or link["n"] < self._valid_from):
            return self._lost(call, self._expired)
        knob = call.fault(Fault.EXPIRED_CURSOR)
        if sent and knob is not None:
            return self._lost(call, knob.value)
        link = link or {"since": 0, "start": self.box.clock, "after": 0}
        return self._page(call, journal, link, render, schema)

    def _page(
        self, call: Call, journal: str, link: dict[str, int], render: Render, schema: str
    ) -> Answer:
        waiting = self.box.touched(journal, link["after"])
        page = waiting[: _size(call)]
        body: dict[str, Any] = {"@odata.context": f"{_base(call)}/$metadata#{journal}"}
        body["value"] = [
            render(key) if self.box.has(journal, key) else self._removed(call, key)
            for at, key in page
            # Nobody who begins now is told of what was gone before.
            if self.box.has(journal, key) or link["since"] or at > link["start"]
        ]
        after = page[-1][0] if page else link["after"]
        if call.fault(Fault.REPLAYED_PAGE):
            after, page = link["after"], []
        elif call.fault(Fault.MISSING_PAGE):
            rest = waiting[len(page) :][: _size(call)]
            page, after = page + rest, rest[-1][0] if rest else after
        if len(page) < len(waiting):
            told = {**link, "after": after}
            body["@odata.nextLink"] = self._link(call, "$skiptoken", told)
        else:
            told = {"since": 1, "start": self.box.clock, "after": max(after, link["start"])}
            body["@odata.deltaLink"] = self._link(call, "$deltatoken", told)
        return Answer(body, schema=schema)

    def _lost(self, call: Call, form: str) -> Answer:
        """The sync state is no more: 410 and where to begin, or a status and a code."""
        if form:
            status, _, code = form.partition(" ")
            return self.refusal(int(status), code)
        told = self.refusal(410)
        begin = str(call.request.url.replace(query=""))
        return Answer(told.body, 410, {"Location": f"{begin}?$deltatoken="})

    def _link(self, call: Call, parameter: str, told: dict[str, int]) -> str:
        packed = json.dumps({**told, "n": next(self._numbers)}).encode()
        token = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        return str(call.request.url.replace(query=f"{parameter}={token}"))

    def _removed(self, call: Call, key: str) -> dict[str, Any]:
        shown = key if key in self.box.folders or _immutable(call) else self.box.mutable(key)
        return {"id": shown, "@removed": {"reason": "deleted"}}

    async def _folders(self, call: Call) -> Answer:
        return self._listed(call, list(self.box.folders), self._folder, "contactFolderCollection")

    async def _contacts(self, call: Call) -> Answer:
        within = self.box.within(call.request.path_params.get("folder", DEFAULT))
        return self._listed(call, within, self._rendering(call), "contactCollection")

    def _listed(self, call: Call, keys: list[str], render: Render, schema: str) -> Answer:
        skip = bounded(call.request.query_params.get("$skip"), 0, 10**9, 0)
        top = bounded(call.request.query_params.get("$top"), 1, LARGEST_PAGE, 10)
        body: dict[str, Any] = {"value": [render(key) for key in keys[skip : skip + top]]}
        if skip + top < len(keys):
            query = f"$top={top}&$skip={skip + top}"
            body["@odata.nextLink"] = str(call.request.url.replace(query=query))
        return Answer(body, schema=schema)

    async def _contact(self, call: Call) -> Answer:
        told = call.request.path_params["id"]
        kept = self.box.found(told)
        if kept is None:
            return self.refusal(404)
        body = {**self._contact_of(told, kept), "@odata.context": f"{_base(call)}/$metadata"}
        chosen = call.request.query_params.get("$select")
        if chosen:
            body = {
                name: value for name, value in body.items() if name in {*chosen.split(","), "id"}
            }
        return Answer(body, schema="contact")

    async def _photo(self, call: Call) -> Answer:
        kept = self.box.found(call.request.path_params["id"])
        if kept is None or not kept.photo:
            return self.refusal(404)
        return Answer(kept.photo, headers={"Content-Type": "image/jpeg"})

    def _folder(self, key: str) -> dict[str, Any]:
        return {"id": key, "displayName": self.box.folders[key], "parentFolderId": DEFAULT}

    def _rendering(self, call: Call) -> Render:
        immutable = _immutable(call)

        def render(key: str) -> dict[str, Any]:
            shown = key if immutable else self.box.mutable(key)
            return self._contact_of(shown, self.box.contacts[key])

        return render

    def _contact_of(self, shown: str, kept: Kept) -> dict[str, Any]:
        revision = f"EQAA{kept.changed}"
        return {
            "@odata.etag": f'W/"{revision}"',
            "id": shown,
            "changeKey": revision,
            "parentFolderId": kept.folder,
            "createdDateTime": _moment(kept.made),
            "lastModifiedDateTime": _moment(kept.changed),
            **{name: kept.props.get(name) for name in _TEXTS},
            **{name: kept.props.get(name, []) for name in _LISTS},
        }


def _moment(number: int) -> str:
    return (_EPOCH + timedelta(seconds=number)).isoformat().replace("+00:00", ".0000000Z")


def _immutable(call: Call) -> bool:
    return 'idtype="immutableid"' in call.request.headers.get("prefer", "").lower()


def _size(call: Call) -> int:
    """How many items the page has: as was preferred, and fewer by a knob."""
    found = _PAGE_SIZE.search(call.request.headers.get("prefer", ""))
    size = bounded(found[1] if found else None, 1, LARGEST_PAGE, 10)
    if call.fault(Fault.EMPTY_PAGE):
        return 0
    return max(1, size // 2) if call.fault(Fault.SHORT_PAGE) else size


def _base(call: Call) -> str:
    return str(call.request.url.replace(query="")).partition("/me/")[0]


def _unpacked(token: str) -> dict[str, int] | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, dict) and "after" in found else None
