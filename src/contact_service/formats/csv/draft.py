"""A Card under construction from the cells of a row, with the keys that vCard's mapping gives (RFC 9555 2.2.2): what
two files say alike becomes alike.
"""

from typing import Any

import msgspec

from contact_service.formats import jscontact
from contact_service.model.card import Card
from contact_service.model.imports import NO_UID

# Members that say nothing of who it is.
_FRAME = frozenset({"@type", "version", "uid"})
_MEMBERS = {
    "EMAIL": "emails",
    "TEL": "phones",
    "ADR": "addresses",
    "ORG": "organizations",
    "TITLE": "titles",
    "ROLE": "titles",
    "NICKNAME": "nicknames",
    "NOTE": "notes",
    "URL": "links",
    "IMPP": "onlineServices",
    "BDAY": "anniversaries",
    "ANNIVERSARY": "anniversaries",
    "DEATHDATE": "anniversaries",
    "PHOTO": "media",
    "HOBBY": "personalInfo",
}
_DATES = {"birth": "BDAY", "wedding": "ANNIVERSARY", "death": "DEATHDATE"}
_PARTS = (
    ("pobox", "postOfficeBox"),
    ("extended", "apartment"),
    ("street", "name"),
    ("locality", "locality"),
    ("region", "region"),
    ("postcode", "postcode"),
    ("country", "country"),
)
_PLACES = frozenset({"work", "private"})
_NAMES = ("surname", "given", "given2", "title", "credential")


class Draft:
    """`card` is the JSContact object so far; `residue` what it has no place for, by column; `work`: names and units of
    organizations that are still to be put together.
    """

    __slots__ = ("_addresses", "_counts", "_names", "_sounds", "_told", "card", "residue", "work")

    def __init__(self) -> None:
        self.card: dict[str, Any] = {"@type": "Card", "version": "1.0", "uid": NO_UID}
        self.residue: dict[str, str] = {}
        self.work: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._told: set[tuple[str, bytes]] = set()
        self._names: dict[str, str] = {}
        self._sounds: dict[str, tuple[str, str]] = {}
        self._addresses: dict[str, dict[str, list[str]]] = {}

    def add(self, prop: str, entry: dict[str, Any]) -> None:
        """Put an entry where that property of vCard goes, once if it comes again."""
        told = (prop, msgspec.json.encode(entry))
        if told not in self._told:
            self._told.add(told)
            self._counts[prop] = number = self._counts.get(prop, 0) + 1
            self.card.setdefault(_MEMBERS[prop], {})[f"{prop}-{number}"] = entry

    def full(self, value: str) -> None:
        """The name as a whole."""
        self.card.setdefault("name", {}).setdefault("full", value)

    def name(self, kind: str, value: str) -> None:
        """A part of the name; a second one of its kind is joined to the first."""
        self._names[kind] = f"{self._names[kind]} {value}" if kind in self._names else value

    def sound(self, kind: str, value: str, column: str) -> None:
        """How a part of the name is spoken; kept under the column's name where there is no such part."""
        self._sounds.setdefault(kind, (value, column))

    def organization(self, names: list[str], units: list[str]) -> None:
        """Organizations; the units are the first one's."""
        for at, name in enumerate(names or [""]):
            entry: dict[str, Any] = {"name": name} if name else {}
            if not at and units:
                entry["units"] = [{"name": unit} for unit in units]
            if entry:
                self.add("ORG", entry)

    def address(self, where: str, part: str, value: str) -> None:
        """A part of the address `where`; a street has lines."""
        self._addresses.setdefault(where, {}).setdefault(part, []).append(value)

    def anniversary(self, kind: str, when: dict[str, Any]) -> None:
        """A day to keep."""
        self.add(_DATES[kind], {"kind": kind, "date": when})

    def keyword(self, word: str) -> None:
        """A group the person is in."""
        self.card.setdefault("keywords", {})[word] = True

    def related(self, relation: str, who: str) -> None:
        """Somebody near to the person; "" where nothing is said of how near."""
        entry = self.card.setdefault("relatedTo", {}).setdefault(who, {})
        if relation:
            entry.setdefault("relation", {})[relation] = True

    def said_name(self) -> str:
        """What the owner would know the person by; "" while there is no name."""
        parts = [self._names.get(kind, "") for kind in ("given", "given2", "surname")]
        return str(self.card.get("name", {}).get("full") or " ".join(filter(None, parts)))

    def finish(self) -> Card | None:
        """The Card; None when it would say nothing. Raises InvalidCard (422), TooLarge (413)."""
        self._finish_name()
        for where in self._addresses:
            self._finish_address(where)
        if self.card.keys() <= _FRAME:
            return None
        return jscontact.read(msgspec.json.encode(self.card), NO_UID)[0]

    def _finish_name(self) -> None:
        parts: list[dict[str, str]] = []
        for kind in _NAMES:
            if kind in self._names:
                part = {"kind": kind, "value": self._names[kind]}
                if kind in self._sounds:
                    part["phonetic"] = self._sounds.pop(kind)[0]
                parts.append(part)
        self.residue.update({column: value for value, column in self._sounds.values()})
        if not parts:
            return
        name = self.card.setdefault("name", {})
        name["components"] = parts
        if any("phonetic" in part for part in parts):
            # RFC 9553 2.2.1.2 wants a system or a script beside it; the column tells neither: undetermined.
            name["phoneticScript"] = "Zyyy"

    def _finish_address(self, where: str) -> None:
        said = self._addresses[where]
        entry: dict[str, Any] = {}
        parts = [
            {"kind": kind, "value": ("\n" if part == "street" else " ").join(said[part])}
            for part, kind in _PARTS
            if part in said
        ]
        if parts:
            entry["components"] = parts
        if "full" in said:
            entry["full"] = said["full"][0]
        contexts, label = (
            said.get("context", [where] if where in _PLACES else []),
            said.get("label"),
        )
        if contexts:
            entry["contexts"] = dict.fromkeys(contexts, True)
        if label:
            entry["label"] = label[0]
        if "pref" in said:
            entry["pref"] = 1
        if parts or "full" in said:
            self.add("ADR", entry)
