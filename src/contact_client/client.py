"""The client: contacts of one owner, one method a verb of the API; what belongs together stands under a name of its own
(`groups`, `history`, `photos`, `uploads`, `discovery`).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx2
import msgspec

from contact_client import batches, feed, places
from contact_client.batches import Batched
from contact_client.finding import Discovery
from contact_client.groups import Groups
from contact_client.history import History
from contact_client.photos import Photos
from contact_client.retry import Retry
from contact_client.uploads import Uploads
from contact_client.values import (
    Changes,
    Contact,
    Hit,
    MatchedOn,
    Operation,
    contact,
    encoded,
)
from contact_client.wire import NDJSON, Ask, OverWire, Reply, Token, Wire

Members = dict[str, msgspec.Raw]


class _Page(msgspec.Struct, frozen=True):
    contacts: list[Members]
    next: str | None


class _Hit(msgspec.Struct, frozen=True, rename="camel"):
    contact: Members
    score: float
    matched_on: tuple[MatchedOn, ...]


class _Hits(msgspec.Struct, frozen=True):
    results: list[_Hit]


_MEMBERS = msgspec.json.Decoder(Members)
_PAGE = msgspec.json.Decoder(_Page)
_HITS = msgspec.json.Decoder(_Hits)


class Client(OverWire):
    """`async with Client("https://contacts.example", token) as contacts: …`. Every method raises Problem for a refusal
    and Unreachable when no answer came after all attempts.
    """

    def __init__(
        self,
        base_url: str,
        token: Token,
        *,
        device: str | None = None,
        retry: Retry | None = None,
        timeout_s: float = 30.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`token` is the owner's, or a function that gets one: it is asked again once when one is refused. `device` is
        what the history calls this device.
        """
        self.wire = Wire(
            base_url,
            token,
            device=device,
            retry=retry or Retry(),
            timeout_s=timeout_s,
            transport=transport,
        )
        self.groups = Groups(self.wire)
        self.history = History(self.wire)
        self.photos = Photos(self.wire)
        self.uploads = Uploads(self.wire)
        self.discovery = Discovery(self.wire)

    async def list(
        self,
        *,
        group: str | None = None,
        matched: bool | None = None,
        updated_since: datetime | None = None,
        book: str | None = None,
        page: int = 200,
    ) -> AsyncIterator[Contact]:
        """The owner's contacts by id, `page` (1 to 1000) at a time; `matched` needs the scope `discovery` too."""
        asked: dict[str, str | int | None] = {
            "limit": page,
            "group": group,
            "matched": None if matched is None else str(matched).lower(),
            "updatedSince": None if updated_since is None else updated_since.isoformat(),
            "book": book,
        }
        query = {name: value for name, value in asked.items() if value is not None}
        while True:
            found = (await self.wire.ask(Ask("GET", "/v1/contacts", query))).read(_PAGE)
            for members in found.contacts:
                yield contact(members)
            if found.next is None:
                return
            query["cursor"] = found.next

    async def get(self, contact_id: str) -> Contact:
        """The contact. Raises NotFound."""
        return _contact(await self.wire.ask(Ask("GET", places.contact(contact_id))))

    async def create(self, card: Mapping[str, Any]) -> Contact:
        """A new contact; a live one with this uid and content is answered as it stands. Raises UidTaken."""
        return _contact(await self.wire.post("/v1/contacts", encoded(card)))

    async def replace(
        self, contact_id: str, card: Mapping[str, Any], *, if_match: str | None = None
    ) -> Contact:
        """Other content; `if_match` is the etag the contact must still have. Raises NotFound, StaleRevision."""
        path = places.contact(contact_id)
        return _contact(await self.wire.change("PUT", path, if_match, encoded(card)))

    async def patch(
        self,
        contact_id: str,
        changes: Mapping[str, Any],
        *,
        base: str | None = None,
        if_match: str | None = None,
    ) -> Contact:
        """Paths and new values, None removes: `{"phones/p1/number": "…", "notes": None}` (RFC 8620 5.3). `base` is the
        etag the edit was made on: what changed since is merged, and the answer has `conflicts` where both had changed.

        Raises NotFound, StaleRevision, BaseExpired.
        """
        body: dict[str, Any] = {"patch": dict(changes)}
        if base is not None:
            body["base"] = base
        path = places.contact(contact_id)
        raw = msgspec.json.encode(body)
        return _contact(await self.wire.change("PATCH", path, if_match, raw))

    async def delete(self, contact_id: str, *, if_match: str | None = None) -> None:
        """To the trash. Raises NotFound, StaleRevision."""
        await self.wire.change("DELETE", places.contact(contact_id), if_match)

    async def batch(self, operations: Sequence[Operation], *, key: str | None = None) -> Batched:
        """At most 500 operations in their order; a bad one is told in its result and never sinks the rest. The same
        `key` with the same operations gives the first answer again.
        """
        return await self.send_batch(batches.body(operations), key)

    async def send_batch(self, body: bytes, key: str | None) -> Batched:
        """The same for a body that is encoded already: a repeat must be equal to the byte."""
        return batches.read(await self.wire.post("/v1/contacts:batch", body, key=key))

    async def search(self, query: str, *, limit: int = 50) -> tuple[Hit, ...]:
        """Contacts by name, number, address or note, best first. The query stands in no URL."""
        body = msgspec.json.encode({"q": query, "limit": limit})
        found = (await self.wire.post("/v1/search", body)).read(_HITS)
        return tuple(Hit(contact(hit.contact), hit.score, hit.matched_on) for hit in found.results)

    async def changes(self, since: str | None = None, *, limit: int = 500) -> Changes:
        """What changed after the token `since`; without one the whole book, page by page.

        Raises SyncTokenExpired, SyncTokenFuture: start again without a token.
        """
        query: dict[str, str | int] = {"limit": limit}
        if since is not None:
            query["since"] = since
        ask = Ask("GET", "/v1/changes", query, headers={"Accept": NDJSON})
        return feed.read((await self.wire.ask(ask)).body)


def _contact(reply: Reply) -> Contact:
    return contact(reply.read(_MEMBERS))
