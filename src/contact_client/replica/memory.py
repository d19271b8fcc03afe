"""A store in memory: for tests, and for apps that start from the snapshot each time."""

import itertools

import msgspec

from contact_client.replica.store import Change, Draft, Held, Mark


class MemoryStore:
    """A Store that ends with the program."""

    def __init__(self) -> None:
        self._mark = Mark()
        self._held: dict[str, Held] = {}
        self._drafts: dict[int, Draft] = {}
        self._aliases: dict[str, str] = {}
        self._seqs = itertools.count(1)

    async def mark(self) -> Mark:
        """How far the device is."""
        return self._mark

    async def held(self, contact: str) -> Held | None:
        """The contact of this id."""
        return self._held.get(contact)

    async def every(self) -> list[Held]:
        """All contacts, by id."""
        return [self._held[name] for name in sorted(self._held)]

    async def unseen(self, before: int) -> list[str]:
        """Ids of contacts last seen in a round before this one."""
        return [held.id for held in self._held.values() if held.round < before]

    async def drafts(self, contact: str | None = None) -> list[Draft]:
        """The drafts of this contact, or all, oldest first."""
        every = (self._drafts[seq] for seq in sorted(self._drafts))
        return [draft for draft in every if contact in {None, draft.contact}]

    async def alias(self, client_id: str) -> str | None:
        """The service's id of a contact that was made here."""
        return self._aliases.get(client_id)

    async def commit(self, change: Change) -> None:
        """Do all of it: nothing here waits, so nothing comes between."""
        self._held.update((held.id, held) for held in change.held)
        for contact in change.gone:
            self._held.pop(contact, None)
        for draft in change.added:
            seq = next(self._seqs)
            self._drafts[seq] = msgspec.structs.replace(draft, seq=seq)
        self._drafts.update((draft.seq, draft) for draft in change.altered)
        for seq in change.done:
            self._drafts.pop(seq, None)
        self._aliases.update(change.aliases)
        self._mark = change.mark or self._mark
