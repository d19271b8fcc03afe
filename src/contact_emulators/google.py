"""Google People v1 (discovery document people.v1, revision 20251117), its consent page and tokens, and its pictures.

What the connector leans on: `nextSyncToken` on the last page only; with a page or sync token all other parameters must
equal the first call's, else 400; an expired sync token is 400 FAILED_PRECONDITION (410 by the knob's value "410", with
the documented ErrorInfo alone by "reason").
"""

import time
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contact_emulators import google_answers, google_people
from contact_emulators.answers import UNCHECKED, Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation, bounded
from contact_emulators.google_book import SYNC_LIVES_S, SYSTEM_GROUPS, Book, Chain, Shelf
from contact_emulators.knobs import Fault
from contact_emulators.oauth import Authority
from contact_emulators.oauth_terms import CODES, Rules, oauth_error

CONTACTS = "https://www.googleapis.com/auth/contacts.readonly"
OTHERS = "https://www.googleapis.com/auth/contacts.other.readonly"
LIST, LIST_OTHERS, LIST_GROUPS = "connections.list", "otherContacts.list", "contactGroups.list"
PHOTO = "photo"
PERSON_FIELDS = frozenset(
    "addresses ageRanges biographies birthdays calendarUrls clientData coverPhotos emailAddresses events externalIds "
    "genders imClients interests locales locations memberships metadata miscKeywords names nicknames occupations "
    "organizations phoneNumbers photos relations sipAddresses skills urls userDefined".split()
)
"""What the documentation lets `personFields` name."""
OTHER_FIELDS = frozenset("emailAddresses metadata names phoneNumbers photos".split())
_RULES = Rules(
    authorize="/o/oauth2/v2/auth",
    token="/token",  # noqa: S106  a path of the provider, no secret
    revoke="/revoke",
    offline="access_type",
    issuer="https://accounts.google.com",
)
_FREE = frozenset({"pageToken", "syncToken", "access_token", "alt", "prettyPrint", "key"})
"""Parameters that may differ between the calls of a chain; the rest may not."""


class Google(Emulator):
    """`book`: the store; `per_minute`: calls a minute before 429, None for any number; `pictures`: where pictures are
    said to be, "" for here.
    """

    name = "google"
    schema_file = "google-people.openapi.json"
    error_schema = "Error"

    def __init__(self, schemas: Path | None = None) -> None:
        self.book = Book()
        self.per_minute: int | None = None
        self.pictures = ""
        self._calls: deque[float] = deque()
        self.authority = Authority(self, _RULES)
        super().__init__(schemas)

    def operations(self) -> Sequence[Operation]:
        """The lists, one person, pictures, and OAuth."""
        contacts, others = frozenset({CONTACTS}), frozenset({OTHERS})
        pages = Listing("connections", "nextPageToken", "pageToken")
        other_pages = Listing("otherContacts", "nextPageToken", "pageToken")
        group_pages = Listing("contactGroups", "nextPageToken", "pageToken")
        return (
            Operation(
                LIST, "/v1/people/me/connections", self._list, scopes=contacts, listing=pages
            ),
            Operation(
                LIST_OTHERS, "/v1/otherContacts", self._others, scopes=others, listing=other_pages
            ),
            Operation(
                LIST_GROUPS, "/v1/contactGroups", self._groups, scopes=contacts, listing=group_pages
            ),
            Operation("people.get", "/v1/people/{person}", self._get, scopes=contacts),
            Operation(PHOTO, "/photos/{name}", self._photo, open=True),
            *self.authority.operations(),
        )

    def fill(self, contacts: int, seed: int) -> None:
        """A realistic book of that size, with its groups."""
        self.book.groups.update(google_people.groups())
        for person in google_people.made(contacts, seed):
            self.book.add(person)

    def refusal(self, status: int, reason: str = "") -> Answer:
        """google.rpc.Status; a token endpoint's errors are those of RFC 6749."""
        if reason in CODES:
            return oauth_error(reason, status)
        return google_answers.refused(status, reason)

    async def _list(self, call: Call) -> Answer:
        answer = self._people(call, self.book.contacts, "personFields", PERSON_FIELDS)
        if isinstance(answer, Answer):
            return answer
        people, chain, rest = answer
        body: dict[str, Any] = {"connections": people} if people else {}
        if chain.since is None:
            body |= {"totalPeople": len(chain.names), "totalItems": len(chain.names)}
        return Answer(body | rest, schema="ListConnectionsResponse")

    async def _others(self, call: Call) -> Answer:
        answer = self._people(call, self.book.others, "readMask", OTHER_FIELDS)
        if isinstance(answer, Answer):
            return answer
        people, chain, rest = answer
        body: dict[str, Any] = {"otherContacts": people} if people else {}
        if chain.since is None:
            body["totalSize"] = len(chain.names)
        return Answer(body | rest, schema="ListOtherContactsResponse")

    def _people(
        self, call: Call, shelf: Shelf, mask: str, known: frozenset[str]
    ) -> Answer | tuple[list[dict[str, Any]], Chain, dict[str, str]]:
        """The people of one page, of which list, and its tokens; or why not."""
        query = call.request.query_params
        fields = frozenset(filter(None, query.get(mask, "").split(",")))
        if self._exhausted():
            return self.refusal(429)
        if not fields or fields - known:
            return google_answers.error(
                400, "INVALID_ARGUMENT", f"{mask} mask is required, of known fields."
            )
        found = self._chain(call, shelf)
        if isinstance(found, Answer):
            return found
        chain, place = found
        size = bounded(query.get("pageSize"), 1, 1000, 100)
        end, then = _end(call, place, size)
        names = self.book.page(shelf, chain, place, end)
        self._disturb(call, shelf, names)
        base = self.pictures or str(call.request.base_url)
        people = [
            _with_photo(self.book.told(shelf, name, fields, chain.since), base) for name in names
        ]
        return (
            people,
            chain,
            self._tokens(call, chain, place if call.fault(Fault.REPLAYED_PAGE) else then),
        )

    def _chain(self, call: Call, shelf: Shelf) -> Answer | tuple[Chain, int]:
        """The list that the request goes on with, and where; or why it cannot."""
        query = call.request.query_params
        params = {key: ",".join(query.getlist(key)) for key in query if key not in _FREE}
        key, _, place = query.get("pageToken", "").partition(".")
        if key:
            chain = self.book.chains.get(key)
            return self._fitting(chain, params, int(place or 0)) if chain else self.refusal(400)
        token = query.get("syncToken")
        expired = call.fault(Fault.EXPIRED_CURSOR)
        if expired is not None:
            return google_answers.expired(expired.value)
        if not token:
            return self.book.begin(shelf, params, None), 0
        sync = self.book.syncs.get(token)
        if sync is None or self.book.now - sync.began > SYNC_LIVES_S:
            return google_answers.expired("")
        return self._fitting(self.book.begin(shelf, sync.params, sync.mark), params, 0)

    def _fitting(
        self, chain: Chain, params: Mapping[str, str], place: int
    ) -> Answer | tuple[Chain, int]:
        if dict(chain.params) != dict(params):
            said = (
                "Request parameters must match the first call's when a page or sync token is sent."
            )
            return google_answers.error(400, "INVALID_ARGUMENT", said)
        return chain, place

    def _tokens(self, call: Call, chain: Chain, end: int) -> dict[str, str]:
        if end < len(chain.names):
            return {"nextPageToken": self.book.page_token(chain, end)}
        query = call.request.query_params
        if query.get("requestSyncToken") != "true" and "syncToken" not in query:
            return {}
        # The token dies 7 days after the full read, not after the delta that renewed it.
        old = self.book.syncs.get(query.get("syncToken", ""))
        return {"nextSyncToken": self.book.sync_token(chain, old.began if old else self.book.now)}

    def _disturb(self, call: Call, shelf: Shelf, names: list[str]) -> None:
        """A person is renamed while the list is read."""
        if call.fault(Fault.RENAMED_ID) and names and names[0] in shelf.people:
            names[0] = self.book.rename(names[0])

    async def _groups(self, call: Call) -> Answer:
        if self._exhausted():
            return self.refusal(429)
        query = call.request.query_params
        held = {**SYSTEM_GROUPS, **self.book.groups}
        place = bounded(query.get("pageToken"), 0, len(held), 0)
        end = place + bounded(query.get("pageSize"), 1, 1000, 30)
        told = [google_answers.group(name, title) for name, title in list(held.items())[place:end]]
        body: dict[str, Any] = {"contactGroups": told, "totalItems": len(held)}
        if end < len(held):
            body["nextPageToken"] = str(end)
        return Answer(body, schema="ListContactGroupsResponse")

    async def _get(self, call: Call) -> Answer:
        query = call.request.query_params
        fields = frozenset(query.get("personFields", "").split(",")) & PERSON_FIELDS
        name = f"people/{call.request.path_params['person']}"
        if name == "people/me":
            return Answer({"resourceName": name, "etag": "%me"}, schema="Person")
        if name not in self.book.contacts.people:
            return self.refusal(404)
        told = self.book.told(self.book.contacts, name, fields, None)
        return Answer(
            _with_photo(told, self.pictures or str(call.request.base_url)), schema="Person"
        )

    async def _photo(self, call: Call) -> Answer:
        """Any name has a picture, each its own."""
        seed = zlib.crc32(call.request.path_params["name"].encode())
        return Answer(
            google_answers.picture(seed), headers={"Content-Type": "image/png"}, schema=UNCHECKED
        )

    def _exhausted(self) -> bool:
        now = time.monotonic()
        while self._calls and now - self._calls[0] > 60:
            self._calls.popleft()
        if self.per_minute is not None and len(self._calls) >= self.per_minute:
            return True
        self._calls.append(now)
        return False


def _end(call: Call, place: int, size: int) -> tuple[int, int]:
    """Where the page ends, and where the next one begins: by the knobs not the same."""
    if call.fault(Fault.EMPTY_PAGE):
        return place, place
    if call.fault(Fault.SHORT_PAGE):
        size = max(1, size // 2)
    return place + size, place + size * (2 if call.fault(Fault.MISSING_PAGE) else 1)


def _with_photo(person: dict[str, Any], base: str) -> dict[str, Any]:
    """Pictures of the store without a host come from this one."""
    photos = person.get("photos")
    if not photos:
        return person
    told = [{**photo, "url": photo["url"].replace("photo:", f"{base}photos/")} for photo in photos]
    return {**person, "photos": told}
