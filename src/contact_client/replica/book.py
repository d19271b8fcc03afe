"""The owner's book on this device: read and edited at once, with or without a network; `SyncLoop` does the rest.

An edit is kept, with what it was made on, before the call returns, and shown from then on. A contact that is made here
has an id of this device's making; once the service has given it another, both name it.
"""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from contact_client.problems import NoSuchContact
from contact_client.replica import drafts, patching
from contact_client.replica.store import Change, Draft, Held, Store
from contact_client.values import Card, decoded, encoded


class Entry(msgspec.Struct, frozen=True):
    """A contact as the owner sees it on this device; `pending`: the service does not know all of it yet."""

    id: str
    json: bytes
    pending: bool

    @property
    def card(self) -> Card:
        """The card, decoded anew: yours to change."""
        return decoded(self.json)


class Book:
    """The contacts of one owner in a store. `lock` is held while it is read and changed, never during a request."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = asyncio.Lock()

    async def every(self) -> list[Entry]:
        """All contacts, by id; those the service has not heard of come last."""
        async with self.lock:
            held = await self.store.every()
            queue = await self.store.drafts()
        last = {draft.contact: draft for draft in queue}
        shown = [_entry(each, last.pop(each.id, None)) for each in held]
        shown += [_entry(None, draft) for draft in last.values()]
        return [entry for entry in shown if entry is not None]

    async def get(self, contact_id: str) -> Entry:
        """The contact. Raises NoSuchContact."""
        async with self.lock:
            held, chain = await self._found(contact_id)
        return _seen(held, chain)

    async def pending(self) -> int:
        """How many contacts have edits that the service does not know."""
        async with self.lock:
            return len({draft.contact for draft in await self.store.drafts()})

    async def create(self, card: Mapping[str, Any]) -> str:
        """A new contact; its id on this device. Its uid is made here when it has none, so that it cannot come twice."""
        contact = str(uuid.uuid4())
        made = {"@type": "Card", "version": "1.0", "uid": uid_of(contact), **card}
        async with self.lock:
            draft = Draft(contact, b"", encoded(made))
            await self.store.commit(Change(added=(draft,)))
        return contact

    async def replace(self, contact_id: str, card: Mapping[str, Any]) -> None:
        """Other content; what the owner did not change stays open to others' edits. Raises NoSuchContact."""
        async with self.lock:
            held, chain = await self._found(contact_id)
            uid = _seen(held, chain).card.get("uid")
            named = {**card, "uid": uid} if uid is not None else card
            await self._edit(held, chain, encoded(named))

    async def patch(self, contact_id: str, changes: Mapping[str, Any]) -> None:
        """Paths and new values, None removes: `{"phones/p1/number": "…", "notes": None}` (RFC 8620 5.3).

        Raises NoSuchContact, ValueError for a path through nothing.
        """
        async with self.lock:
            held, chain = await self._found(contact_id)
            card = _seen(held, chain).card
            patching.apply(card, changes)
            await self._edit(held, chain, encoded(card))

    async def delete(self, contact_id: str) -> None:
        """The contact goes; an edit that another device made meanwhile wins. Raises NoSuchContact."""
        async with self.lock:
            held, chain = await self._found(contact_id)
            _seen(held, chain)
            await self._edit(held, chain, b"")

    async def _found(self, contact_id: str) -> tuple[Held | None, list[Draft]]:
        contact = await self.store.alias(contact_id) or contact_id
        return await self.store.held(contact), await self.store.drafts(contact)

    async def _edit(self, held: Held | None, chain: list[Draft], after: bytes) -> None:
        flies = bool(chain) and (await self.store.mark()).flies(chain[-1].seq)
        await self.store.commit(drafts.edited(chain, held, after, flies=flies))


def uid_of(contact: str) -> str:
    """The uid of a contact that was made here without one."""
    return f"urn:uuid:{contact}"


def _seen(held: Held | None, chain: list[Draft]) -> Entry:
    """The contact as the owner sees it. Raises NoSuchContact."""
    entry = _entry(held, chain[-1] if chain else None)
    if entry is None:
        raise NoSuchContact
    return entry


def _entry(held: Held | None, last: Draft | None) -> Entry | None:
    if last is not None:
        return Entry(last.contact, last.after, pending=True) if last.after else None
    return Entry(held.id, held.json, pending=False) if held is not None else None
