"""Google's CSV out, in the columns it has written since 2024; what it has no column for goes to custom fields that our
import knows again.

Held exactly: a card whose parts are of the kinds google.py makes (tests/formats/csv/google_cards.py builds them).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from contact_service.formats.csv import google, google_labels, saying, writing
from contact_service.formats.csv.google_families import EVENTS, RELATIONS
from contact_service.formats.csv.google_labels import ADDRESSES, EVERYWHERE, JOINT, PHONES

Entry = tuple[str, ...]
Residue = Mapping[str, Mapping[str, str]]

MOST = 20
"""Entries of a kind with columns of their own; what is beyond shares the last cell."""
_MOST_EXTRA = 200
_PLAIN = (
    "First Name", "Middle Name", "Last Name", "Phonetic First Name", "Phonetic Middle Name", "Phonetic Last Name",
    "Name Prefix", "Name Suffix", "Nickname", "File As", "Organization Name", "Organization Title",
    "Organization Department", "Birthday", "Notes", "Photo", "Labels",
)  # fmt: skip
_PAIR = ("Label", "Value")
_FAMILIES: dict[str, Entry] = {
    "E-mail": _PAIR,
    "Phone": _PAIR,
    "Address": (
        "Label", "Formatted", "Street", "City", "PO Box", "Region", "Postal Code", "Country", "Extended Address",
    ),
    "Relation": _PAIR,
    "Website": _PAIR,
    "Event": _PAIR,
    "Custom Field": _PAIR,
}  # fmt: skip
_ADDRESS = ("full", "street", "locality", "pobox", "region", "postcode", "country", "extended")
_EVENTS = {kind: label.capitalize() for label, kind in EVENTS.items()}
_KEPT = re.compile(
    r"(Event|Custom Field|Relation|Website|E-mail|Phone) ([0-9]+) - (Label|Type|Value)"
)
_NAMES = ("given", "given2", "surname")
_EVERYBODY = "* myContacts"


class Google:
    """A writer of Google's CSV (writing.Writer)."""

    def __init__(self) -> None:
        # One at least: what is added to a book while it leaves has a cell to be in.
        self._counts = dict.fromkeys(_FAMILIES, 1)
        self._extra: dict[str, None] = {}

    def measure(self, card: dict[str, Any], residue: Residue) -> None:
        """Take note of the columns that a card needs."""
        if saying.is_group(card):
            return
        kept = residue.get("google-csv", {})
        for family, found in _entries(card, kept).items():
            self._counts[family] = max(self._counts[family], min(len(found), MOST))
        for column in kept:
            if len(self._extra) < _MOST_EXTRA and column not in _PLAIN and not _pair(column):
                self._extra[column] = None

    def header(self) -> bytes:
        """The first line."""
        return writing.line([*_PLAIN, *self._extra, *self._columns()])

    def row(self, card: dict[str, Any], residue: Residue, groups: Iterable[str] = ()) -> bytes:
        """A card's line; b"" for a group."""
        if saying.is_group(card):
            return b""
        kept = residue.get("google-csv", {})
        cells = [*_plain(card, kept, groups), *(kept.get(column, "") for column in self._extra)]
        for family, found in _entries(card, kept).items():
            cells += _spread(found, self._counts[family], len(_FAMILIES[family]))
        return writing.line(cells)

    def _columns(self) -> Iterable[str]:
        for family, parts in _FAMILIES.items():
            for number in range(1, self._counts[family] + 1):
                for part in parts:
                    yield f"{family} {number} - {part}"


def _spread(found: list[Entry], count: int, width: int) -> list[str]:
    """Entries in their columns; the values of those beyond the last stand in it together."""
    if len(found) > count:
        beyond = found[count - 1 :]
        joint = tuple(JOINT.join(filter(None, said)) for said in zip(*beyond, strict=True))
        found = [*found[: count - 1], (beyond[0][0], *joint[1:])]
    cells = [cell for entry in found for cell in entry]
    return cells + [""] * (count * width - len(cells))


def _plain(card: dict[str, Any], kept: Mapping[str, str], groups: Iterable[str]) -> list[str]:
    named = saying.name(card)
    parts = dict(named.parts)
    if not any(kind in parts for kind in (*_NAMES, "title", "credential")) and _is_person(card):
        parts["given"] = named.full
    names = [parts.get(kind, "") for kind in _NAMES]
    sounds = [named.sounds.get(kind, "") for kind in _NAMES]
    organizations = saying.entries(card, "organizations")
    return [
        *names,
        *sounds,
        parts.get("title", ""),
        parts.get("credential", ""),
        JOINT.join(saying.texts(card, "nicknames", "name")),
        _file_as(named, kept),
        JOINT.join(saying.texts(card, "organizations", "name")),
        JOINT.join(saying.titles(card, roles=False)),
        JOINT.join(unit for one in organizations for unit in saying.units(one)),
        next((when for kind, when in saying.days(card) if kind == "birth"), "")
        or kept.get("Birthday", ""),
        saying.note(card),
        _photo(card) or kept.get("Photo", ""),
        JOINT.join(dict.fromkeys([*saying.trues(card, "keywords"), *groups, _EVERYBODY])),
    ]


def _is_person(card: dict[str, Any]) -> bool:
    """A company's card is known by its organization; as a first name it would be there twice."""
    return card.get("kind") != "org" or not saying.texts(card, "organizations", "name")


def _file_as(named: saying.Named, kept: Mapping[str, str]) -> str:
    if google.is_full(named.full, named.parts.get("given", ""), named.parts.get("surname", "")):
        return named.full
    return kept.get("File As", "")


def _photo(card: dict[str, Any]) -> str:
    pictures = (entry for entry in saying.entries(card, "media") if entry.get("kind") == "photo")
    return next((uri for one in pictures if (uri := saying.text(one, "uri"))[:4] == "http"), "")


def _entries(card: dict[str, Any], kept: Mapping[str, str]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {
        "E-mail": _labelled(card, "emails", "address", EVERYWHERE),
        "Phone": _labelled(card, "phones", "number", PHONES),
        "Address": [
            (google_labels.write(entry, ADDRESSES), *(said.get(part, "") for part in _ADDRESS))
            for entry in saying.entries(card, "addresses")
            if (said := saying.address(entry))
        ],
        "Relation": [
            (relation.capitalize() if relation in RELATIONS else relation, who)
            for relation, who in saying.relations(card)
        ],
        "Website": _labelled(card, "links", "uri", EVERYWHERE),
        "Event": _events(card),
        "Custom Field": _custom(card),
    }
    for family, pair in _kept_pairs(kept):
        found[family].append(pair)
    return found


def _labelled(
    card: dict[str, Any], member: str, field: str, table: dict[str, dict[str, Any]]
) -> list[Entry]:
    return [
        (google_labels.write(entry, table), value)
        for entry in saying.entries(card, member)
        if (value := saying.text(entry, field).strip())
    ]


def _events(card: dict[str, Any]) -> list[Entry]:
    days = saying.days(card)
    births = [day for day in days if day[0] == "birth"]
    return [(_EVENTS.get(day[0], day[0]), day[1]) for day in days if day not in births[:1]]


def _custom(card: dict[str, Any]) -> list[Entry]:
    accounts = [
        (f"IM ({service})" if service else "IM", said) for service, said in saying.accounts(card)
    ]
    roles = [("Role", role) for role in saying.titles(card, roles=True)]
    return [*accounts, *roles, *(("Hobby", hobby) for hobby in saying.hobbies(card))]


def _pair(column: str) -> re.Match[str] | None:
    return _KEPT.fullmatch(column)


def _kept_pairs(kept: Mapping[str, str]) -> list[tuple[str, Entry]]:
    """What an import kept of numbered columns, to follow the card's own."""
    held: dict[tuple[str, str], dict[str, str]] = {}
    for column, value in kept.items():
        if match := _pair(column):
            part = "Value" if match[3] == "Value" else "Label"
            held.setdefault((match[1], match[2]), {})[part] = value
    return [
        (family, (said.get("Label", ""), said.get("Value", "")))
        for (family, _), said in held.items()
    ]
