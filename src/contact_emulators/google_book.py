"""What Google holds of one account: people, other contacts, groups, and every change in order, so that a sync token
really computes what is new. Tokens bind the parameters of the first call; a sync token lives 7 days.
"""

import copy
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contact_emulators.google_people import MY_CONTACTS, STARRED, Person

SYNC_LIVES_S = 7 * 24 * 3600.0
SYSTEM_GROUPS = {
    "contactGroups/all": "all",
    "contactGroups/blocked": "blocked",
    "contactGroups/chatBuddies": "chatBuddies",
    "contactGroups/coworkers": "coworkers",
    "contactGroups/family": "family",
    "contactGroups/friends": "friends",
    MY_CONTACTS: "myContacts",
    STARRED: "starred",
}


@dataclass
class Chain:
    """A list as it was when its first page was asked for. `since`: None is everything."""

    names: list[str]
    params: Mapping[str, str]
    mark: int
    since: int | None


@dataclass
class Sync:
    """A sync token: what it was given after, for which parameters, and when the full read behind it began."""

    mark: int
    params: Mapping[str, str]
    began: float


@dataclass
class Shelf:
    """One list of people: `connections` or `otherContacts`."""

    prefix: str
    people: dict[str, Person] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    former: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


class Book:
    """The store. `clock_s` is added to the time: a test lets days pass."""

    def __init__(self) -> None:
        self.contacts = Shelf("people/c")
        self.others = Shelf("otherContacts/c")
        self.groups: dict[str, str] = {}
        self.clock_s = 0.0
        self.chains: dict[str, Chain] = {}
        self.syncs: dict[str, Sync] = {}
        self._mark = itertools.count(1)
        self._last = 0
        self._numbers = itertools.count(1)

    @property
    def now(self) -> float:
        """Seconds, by this store's clock."""
        return time.monotonic() + self.clock_s

    def add(self, person: Person, shelf: Shelf | None = None) -> str:
        """Saves a person; the resource name."""
        shelf = shelf or self.contacts
        name = f"{shelf.prefix}{next(self._numbers)}"
        self._put(shelf, name, person)
        return name

    def put(self, name: str, person: Person) -> None:
        """Another person's fields under the same name."""
        self._put(self.shelf(name), name, person)

    def edit(self, name: str, **fields: Any) -> None:
        """Sets fields of a person; None takes one away."""
        held = {**self.shelf(name).people[name], **fields}
        self.put(name, {key: value for key, value in held.items() if value is not None})

    def delete(self, name: str) -> None:
        """The person goes."""
        shelf = self.shelf(name)
        del shelf.people[name]
        mark = self._tick()
        for old in (name, *(former for _, former in shelf.former.pop(name, ()))):
            shelf.gone[old] = mark

    def rename(self, name: str) -> str:
        """The person gets another resource name, as when a profile is linked; the new one."""
        shelf = self.shelf(name)
        new = f"{shelf.prefix}{next(self._numbers)}"
        person = shelf.people.pop(name)
        shelf.former[new] = [*shelf.former.pop(name, []), (self._tick(), name)]
        self._put(shelf, new, person)
        return new

    def merge(self, kept: str, other: str) -> None:
        """`other` becomes part of `kept`, with its numbers and addresses."""
        shelf = self.shelf(kept)
        person, lost = copy.deepcopy(shelf.people[kept]), shelf.people.pop(other)
        for member in ("phoneNumbers", "emailAddresses"):
            if lost.get(member):
                person[member] = [*person.get(member, []), *lost[member]]
        shelf.former[kept] = [*shelf.former.get(kept, []), (self._tick(), other)]
        self._put(shelf, kept, person)

    def shelf(self, name: str) -> Shelf:
        """Where that name is kept."""
        return self.others if name.startswith("other") else self.contacts

    def begin(self, shelf: Shelf, params: Mapping[str, str], since: int | None) -> Chain:
        """The list from its start: everything, or what changed and what went since."""
        if since is None:
            return Chain(list(shelf.people), params, self._last, None)
        fresh = [name for name in shelf.people if shelf.changed[name] > since]
        gone = [name for name, mark in shelf.gone.items() if mark > since]
        return Chain([*fresh, *gone], params, self._last, since)

    def page(self, shelf: Shelf, chain: Chain, place: int, end: int) -> list[str]:
        """The names of that piece of the list; in a list of everything, without those that went since."""
        names = chain.names[place:end]
        return (
            names if chain.since is not None else [name for name in names if name in shelf.people]
        )

    def told(self, shelf: Shelf, name: str, fields: frozenset[str], since: int | None) -> Person:
        """The person as an answer has it, by the field mask."""
        held = shelf.people.get(name)
        if held is None:
            return {"resourceName": name, "metadata": {"deleted": True, "objectType": "PERSON"}}
        told: Person = {"resourceName": name, "etag": f"%etag{shelf.changed[name]}"}
        told |= {key: value for key, value in held.items() if key in fields}
        if "metadata" in fields:
            source = {
                "type": "CONTACT",
                "id": name.rpartition("c")[2],
                "etag": f"#{shelf.changed[name]}",
            }
            told["metadata"] = {"sources": [source], "objectType": "PERSON"}
            former = [
                old
                for mark, old in shelf.former.get(name, ())
                if since is not None and mark > since
            ]
            if former:
                told["metadata"]["previousResourceNames"] = former
        return told

    def sync_token(self, chain: Chain, began: float) -> str:
        """A token for what comes after that list."""
        token = f"sync-{next(self._numbers)}"
        self.syncs[token] = Sync(chain.mark, chain.params, began)
        return token

    def page_token(self, chain: Chain, place: int) -> str:
        """A token for the rest of that list."""
        key = f"page-{next(self._numbers)}"
        self.chains[key] = chain
        return f"{key}.{place}"

    def _put(self, shelf: Shelf, name: str, person: Person) -> None:
        shelf.people[name] = person
        shelf.changed[name] = self._tick()

    def _tick(self) -> int:
        self._last = next(self._mark)
        return self._last
