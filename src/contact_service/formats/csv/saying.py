"""What a Card says, as text for cells: its JSON may hold anything where no rule forbids it, so nothing is taken on
trust.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from contact_service.formats.csv import dates

_KINDS = {"surname2": "surname", "generation": "credential"}
_STREET = frozenset({"name", "number", "block", "direction", "landmark"})
_ADDRESS = {
    "postOfficeBox": "pobox",
    "locality": "locality",
    "region": "region",
    "postcode": "postcode",
    "country": "country",
}


class Named(msgspec.Struct, frozen=True):
    """A name's parts by kind, how they are spoken, and the whole."""

    parts: dict[str, str]
    sounds: dict[str, str]
    full: str


def text(value: Any, member: str) -> str:
    """A member that is text, its line breaks LF; "" for any other."""
    found = value.get(member) if isinstance(value, dict) else None
    return found.replace("\r\n", "\n").replace("\r", "\n") if isinstance(found, str) else ""


def entries(card: dict[str, Any], member: str) -> list[dict[str, Any]]:
    """The entries of a map of objects, in its order."""
    found = card.get(member)
    values = found.values() if isinstance(found, dict) else ()
    return [entry for entry in values if isinstance(entry, dict)]


def trues(value: Any, member: str) -> list[str]:
    """The names in a map of trues."""
    found = value.get(member) if isinstance(value, dict) else None
    return [key for key, is_so in found.items() if is_so is True] if isinstance(found, dict) else []


def texts(card: dict[str, Any], member: str, field: str) -> list[str]:
    """A text of each entry that has it."""
    return [found for entry in entries(card, member) if (found := text(entry, field).strip())]


def name(card: dict[str, Any]) -> Named:
    """The name; a second value of a kind follows the first."""
    said = card.get("name")
    parts: dict[str, list[str]] = {}
    sounds: dict[str, list[str]] = {}
    for one in _components(said):
        kind = _KINDS.get(text(one, "kind"), text(one, "kind"))
        parts.setdefault(kind, []).append(text(one, "value"))
        sounds.setdefault(kind, []).append(text(one, "phonetic"))
    return Named(_joined(parts), _joined(sounds), text(said, "full").strip())


def address(entry: dict[str, Any]) -> dict[str, str]:
    """An address by the parts that programs have columns for; numbers go to the street, floors beside it."""
    parts: dict[str, list[str]] = {}
    for one in _components(entry):
        kind = text(one, "kind")
        part = "street" if kind in _STREET else _ADDRESS.get(kind, "extended")
        if kind != "separator":
            parts.setdefault(part, []).append(text(one, "value").strip())
    found = {
        part: (" " if part == "street" else ", ").join(values) for part, values in parts.items()
    }
    if "country" not in found and text(entry, "countryCode"):
        found["country"] = text(entry, "countryCode")
    full = text(entry, "full").strip()
    return found | ({"full": full} if full else {})


def days(card: dict[str, Any]) -> list[tuple[str, str]]:
    """(kind, date) of each anniversary with a date that can be written."""
    return [
        (text(entry, "kind"), when)
        for entry in entries(card, "anniversaries")
        if (when := dates.write(entry.get("date")))
    ]


def relations(card: dict[str, Any]) -> list[tuple[str, str]]:
    """(relation or "", who) of persons named in words; one named by a card's uid says nothing to another program."""
    found = card.get("relatedTo")
    said = found.items() if isinstance(found, dict) else ()
    return [
        (relation, who)
        for who, entry in said
        if not who.lower().startswith("urn:")
        for relation in trues(entry, "relation") or [""]
    ]


def accounts(card: dict[str, Any]) -> list[tuple[str, str]]:
    """(service or "", URI or user name)."""
    return [
        (text(entry, "service").strip(), said)
        for entry in entries(card, "onlineServices")
        if (said := (text(entry, "uri") or text(entry, "user")).strip())
    ]


def titles(card: dict[str, Any], *, roles: bool) -> list[str]:
    """What the person's jobs are called, or the roles they play."""
    return [
        found
        for entry in entries(card, "titles")
        if (entry.get("kind") == "role") is roles and (found := text(entry, "name").strip())
    ]


def units(entry: dict[str, Any]) -> list[str]:
    """The units of an organization."""
    listed = entry.get("units")
    found = [text(one, "name").strip() for one in listed] if isinstance(listed, list) else []
    return [one for one in found if one]


def note(card: dict[str, Any]) -> str:
    """All notes as one."""
    return "\n\n".join(found for one in entries(card, "notes") if (found := text(one, "note")))


def hobbies(card: dict[str, Any]) -> list[str]:
    """What the person likes to do."""
    return [
        found
        for entry in entries(card, "personalInfo")
        if entry.get("kind") == "hobby" and (found := text(entry, "value").strip())
    ]


def is_group(card: dict[str, Any]) -> bool:
    """Whether the Card stands for a group; programs write groups as words beside their members."""
    return card.get("kind") == "group"


def _components(value: Any) -> Iterable[dict[str, Any]]:
    listed = value.get("components") if isinstance(value, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _joined(parts: dict[str, list[str]]) -> dict[str, str]:
    return {
        kind: whole
        for kind, said in parts.items()
        if (whole := " ".join(filter(None, said)).strip())
    }
