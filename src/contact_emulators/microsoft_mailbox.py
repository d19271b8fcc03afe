"""An Outlook mailbox's contacts: folders, contacts that move between them, and what changed since any moment.

Each folder, and the list of folders itself, has a journal: the number at which each id was last touched there.
"""

import random
import threading
from dataclasses import dataclass, field
from typing import Any

DEFAULT = "AQMkADdefaultAAA="
"""The id of the folder `Contacts`, which the list of folders does not have."""
FOLDERS = "folders"
"""The journal of the list of folders."""
_GIVEN = (
    "Ada Bo Chidi Dalia Émile Fatima Goro Hana Ines Jürgen Kofi Lena Minh Noor Olga Pavel".split()
)
_SURNAMES = (
    "Abe Berg Costa Díaz Eze Fischer García Haddad Ito Jansen Kim López Müller Novak".split()
)
_CATEGORIES = "Family Friends Work Club".split()


@dataclass
class Kept:
    """A contact: what its owner wrote, where it is, how often it moved: that makes another of its ordinary ids."""

    props: dict[str, Any]
    folder: str
    made: int
    changed: int
    moves: int = 0
    photo: bytes = b""


@dataclass
class Mailbox:
    """`folders`: names by id, the default one left out; `contacts` by immutable id; `clock`: counts every change."""

    folders: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, Kept] = field(default_factory=dict)
    clock: int = 0
    _journals: dict[str, dict[str, int]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def add_folder(self, name: str) -> str:
        """A new one; its id."""
        with self._lock:
            folder = f"AQMkADfolder{self._tick()}AAA="
            self.folders[folder] = name
            self._touch(FOLDERS, folder)
            return folder

    def rename_folder(self, folder: str, name: str) -> None:
        """Another name for it."""
        with self._lock:
            self.folders[folder] = name
            self._touch(FOLDERS, folder)

    def remove_folder(self, folder: str) -> None:
        """The folder and all in it. Nobody is told of each contact: the folder's own journal is gone as well."""
        with self._lock:
            del self.folders[folder]
            self._touch(FOLDERS, folder)
            for key in [key for key, kept in self.contacts.items() if kept.folder == folder]:
                del self.contacts[key]
            self._journals.pop(folder, None)

    def add(self, folder: str = DEFAULT, photo: bytes = b"", **props: Any) -> str:
        """A new contact; its immutable id."""
        with self._lock:
            at = self._tick()
            key = f"AAkALgcontact{at}AAA="
            self.contacts[key] = Kept(props, folder, at, at, photo=photo)
            self._touch(folder, key)
            return key

    def edit(self, key: str, **props: Any) -> None:
        """These properties of it from now on; None takes one away."""
        with self._lock:
            kept = self.contacts[key]
            kept.props = {**kept.props, **props}
            kept.changed = self._tick()
            self._touch(kept.folder, key)

    def move(self, key: str, folder: str) -> None:
        """Out of one folder, into another."""
        with self._lock:
            kept = self.contacts[key]
            self._touch(kept.folder, key)
            kept.folder = folder
            kept.moves += 1
            self._touch(folder, key)

    def remove(self, key: str) -> None:
        """For good."""
        with self._lock:
            self._touch(self.contacts.pop(key).folder, key)

    def has(self, journal: str, key: str) -> bool:
        """Whether the id is in that folder, or in the list of folders, now."""
        if journal == FOLDERS:
            return key in self.folders
        return key in self.contacts and self.contacts[key].folder == journal

    def touched(self, journal: str, after: int) -> list[tuple[int, str]]:
        """What was touched there after that number, oldest first."""
        with self._lock:
            held = self._journals.get(journal, {})
            return sorted((at, key) for key, at in held.items() if at > after)

    def within(self, folder: str) -> list[str]:
        """The contacts of a folder, oldest first."""
        with self._lock:
            return [key for key, kept in self.contacts.items() if kept.folder == folder]

    def mutable(self, key: str) -> str:
        """The ordinary id, which is another one after a move (outlook-immutable-id)."""
        return f"AQMk{self.contacts[key].moves if key in self.contacts else 0}{key}"

    def found(self, told: str) -> Kept | None:
        """The contact of either id."""
        return self.contacts.get(told) or next(
            (kept for key, kept in self.contacts.items() if self.mutable(key) == told), None
        )

    def fill(self, contacts: int, seed: int) -> None:
        """As many made-up contacts, a third of them in two folders."""
        chance = random.Random(seed)  # noqa: S311  sample values, no secret
        folders = [DEFAULT, DEFAULT, self.add_folder("Family"), self.add_folder("Old club")]
        for number in range(contacts):
            self.add(chance.choice(folders), **_person(chance, number))

    def _touch(self, journal: str, key: str) -> None:
        self._journals.setdefault(journal, {})[key] = self._tick()

    def _tick(self) -> int:
        self.clock += 1
        return self.clock


def _person(chance: random.Random, number: int) -> dict[str, Any]:
    given, surname = chance.choice(_GIVEN), chance.choice(_SURNAMES)
    address = f"person{number}@example.com"
    props: dict[str, Any] = {
        "givenName": given,
        "surname": surname,
        "displayName": f"{given} {surname}",
        "fileAs": f"{surname}, {given}",
        "emailAddresses": [{"address": address, "name": f"{given} {surname}"}],
        "mobilePhone": f"+1 415 555 {number % 10_000:04d}",
    }
    if chance.random() < 0.3:
        props["companyName"], props["jobTitle"] = f"{surname} & Co.", "Engineer"
        props["businessPhones"] = [f"+49 30 {number % 1_000_000:06d}"]
    if chance.random() < 0.3:
        props["categories"] = [chance.choice(_CATEGORIES)]
    if chance.random() < 0.2:
        props["birthday"] = (
            f"{chance.randint(1940, 2010)}-0{chance.randint(1, 9)}-1{number % 10}T11:59:00Z"
        )
    if chance.random() < 0.2:
        props["personalNotes"] = "Met at the harbour.\r\nLikes tea."
        props["homeAddress"] = {"street": f"{number} High Street", "city": "Springfield"}
    return props
