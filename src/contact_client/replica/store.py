"""What a device keeps, and where: a store has one writing verb, which does all of a Change or nothing."""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

Op = Literal["create", "replace", "patch", "delete"]
UNSEEN = -1
"""The round of a contact that no page has told of: if none does up to the feed's end, it is gone again."""


class Held(msgspec.Struct, frozen=True):
    """A contact as the service had it. `round` is the snapshot since which it is told of. Not `settled`: it is what was
    sent, and what became of it there comes with the next page.
    """

    id: str
    etag: str
    json: bytes
    book: str = "contacts"
    round: int = 0
    settled: bool = True


class Draft(msgspec.Struct, frozen=True):
    """What the owner did to a contact and the service does not know: `before` (empty: it is new) became `after` (empty:
    it goes). `base` is the etag of `before`. `waits`: `before` is what the service was sent, not what it has made of
    it, so the draft is rebased before it leaves. `blind`: what was made of it was deleted before anybody told, so the
    difference alone is sent. `seq` orders drafts; the store gives it.
    """

    contact: str
    before: bytes
    after: bytes
    base: str | None = None
    waits: bool = False
    blind: bool = False
    seq: int = 0

    @property
    def op(self) -> Op:
        """What the service is to do."""
        if not self.before:
            return "create"
        if not self.after:
            return "delete"
        return "patch" if self.blind else "replace"


class Flight(msgspec.Struct, frozen=True):
    """A batch on its way: until its answer is here it is sent again, the same bytes under the same key."""

    key: str
    seqs: tuple[int, ...]
    body: bytes


class Mark(msgspec.Struct, frozen=True):
    """How far the device is: the feed's `token`; the `round`, one more for each snapshot: what is of an earlier one at
    the feed's end is gone; the batch in `flight`.
    """

    token: str | None = None
    round: int = 0
    flight: Flight | None = None

    def flies(self, seq: int) -> bool:
        """Whether the draft is in the batch on its way."""
        return self.flight is not None and seq in self.flight.seqs


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be other in a store. `added` drafts get a number, `altered` keep theirs; `aliases` tell by what id the
    service knows a contact that was made here.
    """

    held: tuple[Held, ...] = ()
    gone: tuple[str, ...] = ()
    added: tuple[Draft, ...] = ()
    altered: tuple[Draft, ...] = ()
    done: tuple[int, ...] = ()
    aliases: Mapping[str, str] = {}
    mark: Mark | None = None

    def __or__(self, other: "Change") -> "Change":
        """Both, the other one last."""
        return Change(
            held=self.held + other.held,
            gone=self.gone + other.gone,
            added=self.added + other.added,
            altered=self.altered + other.altered,
            done=self.done + other.done,
            aliases={**self.aliases, **other.aliases},
            mark=other.mark or self.mark,
        )


class Store(Protocol):
    """Where a Book keeps its contacts, one owner's. Of a Change `held` comes before `gone`, `altered` before `done`."""

    async def mark(self) -> Mark:
        """How far the device is; a new store's is Mark()."""
        ...

    async def held(self, contact: str) -> Held | None:
        """The contact of this id."""
        ...

    async def every(self) -> list[Held]:
        """All contacts, by id."""
        ...

    async def unseen(self, before: int) -> list[str]:
        """Ids of contacts last seen in a round before this one."""
        ...

    async def drafts(self, contact: str | None = None) -> list[Draft]:
        """The drafts of this contact, or all, oldest first."""
        ...

    async def alias(self, client_id: str) -> str | None:
        """The service's id of a contact that was made here under another, once it has one."""
        ...

    async def commit(self, change: Change) -> None:
        """Do all of it, or nothing; once this returns it is kept."""
        ...
