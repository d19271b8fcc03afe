"""What contacts were: revisions, the trash, and ways back. Held for 30 days, unless the service says otherwise."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import msgspec

from contact_client import places
from contact_client.values import Contact, Restored, Revision, Trashed, contact
from contact_client.wire import Ask, Wire

Members = dict[str, msgspec.Raw]


class _Revisions(msgspec.Struct, frozen=True):
    revisions: tuple[Revision, ...]
    next: str | None


class _Trashed(msgspec.Struct, frozen=True, rename="camel"):
    contact: Members
    deleted_at: datetime
    device: str | None


class _Trash(msgspec.Struct, frozen=True):
    contacts: tuple[_Trashed, ...]
    next: str | None


_REVISIONS = msgspec.json.Decoder(_Revisions)
_TRASH = msgspec.json.Decoder(_Trash)
_MEMBERS = msgspec.json.Decoder(Members)
_RESTORED = msgspec.json.Decoder(Restored)


class History:
    """`contacts.history`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def of(self, contact_id: str, *, page: int = 200) -> AsyncIterator[Revision]:
        """The contact's revisions, newest first. Raises NotFound."""
        query: dict[str, str | int] = {"limit": page}
        path = places.contact(contact_id, "/history")
        while True:
            found = (await self._wire.ask(Ask("GET", path, query))).read(_REVISIONS)
            for revision in found.revisions:
                yield revision
            if found.next is None:
                return
            query["cursor"] = found.next

    async def restore(self, contact_id: str, revision: str | None = None) -> Contact:
        """A revision comes back, as a new edit; without one, what a deleted contact was last. Raises NotFound."""
        asked = {} if revision is None else {"revision": revision}
        path = places.contact(contact_id, ":restore")
        return contact((await self._wire.post(path, msgspec.json.encode(asked))).read(_MEMBERS))

    async def restore_book(
        self, at: datetime | None = None, *, only: Iterable[str] | None = None
    ) -> Restored:
        """The book, or `only` these contacts, as it was at a moment; `only` alone: out of the trash.

        Raises ValueError for a moment without its zone.
        """
        if at is not None and at.tzinfo is None:
            raise ValueError("a moment needs its zone")
        asked: dict[str, Any] = {}
        if at is not None:
            asked["at"] = at
        if only is not None:
            asked["ids"] = [*only]
        raw = msgspec.json.encode(asked)
        return (await self._wire.post("/v1/contacts:restore", raw)).read(_RESTORED)

    async def trash(self, *, page: int = 200) -> AsyncIterator[Trashed]:
        """The deleted contacts, by id."""
        query: dict[str, str | int] = {"limit": page}
        while True:
            found = (await self._wire.ask(Ask("GET", "/v1/trash", query))).read(_TRASH)
            for one in found.contacts:
                yield Trashed(contact(one.contact), one.deleted_at, one.device)
            if found.next is None:
                return
            query["cursor"] = found.next

    async def wipe(self, contact_id: str) -> None:
        """Out of the trash, for ever. Raises NotFound."""
        await self._wire.ask(Ask("DELETE", places.trashed(contact_id)))
