"""What goes over the wire, typed. A card is JSContact (RFC 9553) as plain JSON values; members nobody knows survive."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Card = dict[str, Any]
"""A JSContact Card without our `id`, `etag` and `addressBook`."""

_OURS = ("id", "etag", "addressBook", "conflicts")


class Conflict(msgspec.Struct, frozen=True):
    """Two sides had changed the value at `path` (RFC 8620 5.3) of a contact: `kept` stands there now, `dropped` is in
    the history. `path` "" is the contact itself, which one side had deleted.
    """

    path: str
    kept: Any = None
    dropped: Any = None
    contact: str = ""


class Contact(msgspec.Struct, frozen=True):
    """A contact as the service has it; `json` is its card, `etag` names its revision. `conflicts` are those of the edit
    this is the answer to.
    """

    id: str
    etag: str
    json: bytes
    book: str = "contacts"
    conflicts: tuple[Conflict, ...] = ()

    @property
    def card(self) -> Card:
        """The card, decoded anew: yours to change."""
        return decoded(self.json)


class Operation(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A step of a batch: `card` for create and replace, `patch` for patch, `id` for all but create. `base` is the etag
    an edit was made on: what changed since is merged.
    """

    op: Literal["create", "replace", "patch", "delete"]
    client_id: str | None = None
    id: str | None = None
    base: str | None = None
    card: Card | msgspec.Raw | None = None
    patch: Card | None = None


class Changes(msgspec.Struct, frozen=True):
    """A page of the change feed, oldest first; ask again with `sync_token`, at once while there is `more`."""

    changed: tuple[Contact, ...]
    removed: tuple[str, ...]
    more: bool
    sync_token: str


class Fragment(msgspec.Struct, frozen=True):
    """A piece of a text; `hit` when the query is in it."""

    text: str
    hit: bool


class MatchedOn(msgspec.Struct, frozen=True):
    """A member of the card that the query hit; the fragments join to its text."""

    path: str
    fragments: tuple[Fragment, ...] = ()


class Hit(msgspec.Struct, frozen=True):
    """A contact found; `score` 0 to 1 falls along the list."""

    contact: Contact
    score: float
    matched_on: tuple[MatchedOn, ...] = ()


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """What a user shares with the owner."""

    display_name: str | None = None
    photo_url: str | None = None


class Match(msgspec.Struct, frozen=True, rename="camel"):
    """A contact who is a user; `source_id` is the device's record it came with, in an upload's answer."""

    contact_id: str
    user_id: str
    profile: Profile
    source_id: str | None = None


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """An identifier, as asked, and the user it is."""

    identifier: str
    user_id: str
    profile: Profile


class Lookup(msgspec.Struct, frozen=True):
    """The users among identifiers, in their order; `invalid` are positions of what is no identifier. `receipt`, sent
    along the next time, makes the same set free of the `budget`.
    """

    matches: tuple[Found, ...]
    invalid: tuple[int, ...] = ()
    budget: dict[str, Any] | None = None
    receipt: str | None = None


class Budget(
    msgspec.Struct,
    frozen=True,
    rename={"class_": "class", "refill_per_day": "refillPerDay", "next_at": "nextAt"},
):
    """How many identifiers may be asked for that were never asked for before: `left` now, `refill_per_day` more a day;
    `next_at`: when there is more.
    """

    left: int
    refill_per_day: int
    next_at: datetime | None = None
    class_: str = "verified"


class Discovered(msgspec.Struct, frozen=True):
    """The users among identifiers, in their order. `invalid` are positions of what is no identifier; `deferred` counts
    those that were not asked for yet: they wait for the budget, which has some again at `next_at`. Without any
    `deferred` a `next_at` tells that identifiers wait to be moved to the next key, and are compared under this one.
    """

    matches: tuple[Found, ...]
    invalid: tuple[int, ...] = ()
    deferred: int = 0
    next_at: datetime | None = None


class Source(msgspec.Struct, frozen=True, rename="camel"):
    """Which device an upload comes from; `region` (ISO 3166) is where its national numbers are dialled."""

    kind: Literal["ios", "android", "sim", "other"] = "other"
    device_id: str = ""
    region: str | None = None


class Record(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A record of a device: its card, or `removed`."""

    source_id: str
    card: Card | None = None
    removed: bool = False


class Reject(msgspec.Struct, frozen=True, rename="camel"):
    """A record that was not taken, by its position."""

    index: int
    source_id: str | None
    reason: str


class Uploaded(msgspec.Struct, frozen=True, rename="camel"):
    """What became of an upload; `deferred` counts identifiers that wait for the discovery budget."""

    created: int
    updated: int
    unchanged: int
    removed: int
    rejected: tuple[Reject, ...]
    matches: tuple[Match, ...]
    deferred: int
    sync_token: str


class Group(msgspec.Struct, frozen=True):
    """Contacts under one name: a card of kind group, or a keyword that contacts share. `members` are ids of contacts,
    `unresolved` uids of those that have not arrived.
    """

    id: str
    name: str
    source: Literal["card", "keyword"] = "card"
    members: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    etag: str = ""


class Revision(msgspec.Struct, frozen=True):
    """A revision of a contact; `changed` names the members that differ from the one before."""

    revision: str
    at: datetime
    device: str | None
    kind: str
    changed: tuple[str, ...] = ()


class Trashed(msgspec.Struct, frozen=True):
    """A deleted contact as it was last."""

    contact: Contact
    deleted_at: datetime
    device: str | None


class Restored(msgspec.Struct, frozen=True, rename="camel"):
    """How many contacts came back or were put back, and how many went to the trash because they were not there then."""

    restored: int
    removed: int
    sync_token: str


def contact(members: dict[str, msgspec.Raw]) -> Contact:
    """A contact from the members it is answered with. Raises msgspec.ValidationError."""
    return Contact(
        id=msgspec.json.decode(members["id"], type=str),
        etag=msgspec.json.decode(members["etag"], type=str),
        json=msgspec.json.encode({n: v for n, v in members.items() if n not in _OURS}),
        book=msgspec.json.decode(members.get("addressBook", b'"contacts"'), type=str),
        conflicts=msgspec.json.decode(members.get("conflicts", b"[]"), type=tuple[Conflict, ...]),
    )


def decoded(json: bytes) -> Card:
    """A card's members."""
    return msgspec.json.decode(json, type=Card)


def encoded(card: Mapping[str, Any]) -> bytes:
    """A card as it travels and rests: without our own members."""
    return msgspec.json.encode({name: v for name, v in card.items() if name not in _OURS})
