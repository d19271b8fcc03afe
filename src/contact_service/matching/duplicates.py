"""Whether two contacts are surely one person: the rule by which they may be joined unasked (matching.md 5)."""

from collections.abc import Container
from typing import Any

import msgspec

from contact_service.matching import emails, name_parts, names
from contact_service.matching.phones import Memo, PhoneNumber
from contact_service.model.card import Fields
from contact_service.model.identifier import Identifier

HUB = 3
"""An identifier on more cards of different names than this is a family's, a switchboard's, an office's."""


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What the rule looks at. `name`: the full name, folded, "" for none; `identifiers`: valid ones alone; `birthday`:
    (year, month, day) where all three are known.
    """

    name: str
    identifiers: frozenset[Identifier]
    given: str = ""
    surname: str = ""
    generation: str = ""
    birthday: tuple[int, int, int] | None = None


def facts(fields: Fields, region: str | None, memo: Memo) -> Facts:
    """What the rule looks at. `region` (ISO 3166-1) reads national numbers."""
    written = names.written(fields.name) if fields.name is not None else ""
    parts = {
        part.kind: part.value for part in reversed(fields.name.components if fields.name else ())
    }
    if not parts and written:
        split = name_parts.split(written)
        parts = {"given": split.given, "surname": split.surname}
    return Facts(
        _folded(written),
        frozenset(_valid(fields, region, memo)),
        _folded(parts.get("given", "")),
        _folded(parts.get("surname", "")),
        _folded(parts.get("generation", "")),
        _birthday(fields),
    )


def safe(one: Facts, other: Facts, hubs: Container[Identifier]) -> bool:
    """An equal full name, a valid identifier that both have and is no hub, and nothing that speaks against it."""
    return (
        one.name != ""
        and one.name == other.name
        and any(shared not in hubs for shared in one.identifiers & other.identifiers)
        and not contradict(one, other)
    )


def contradict(one: Facts, other: Facts) -> bool:
    """Another generation, another full birthday, or unlike given names with one surname: father and son, twins."""
    if one.generation != other.generation:
        return True
    if one.birthday is not None and other.birthday is not None and one.birthday != other.birthday:
        return True
    is_family = one.surname != "" and one.surname == other.surname
    return is_family and "" not in (given := {one.given, other.given}) and len(given) > 1


def possible(one: Facts, other: Facts, hubs: Container[Identifier]) -> bool:
    """Worth a look: an equal full name, or an identifier that both have and is no hub."""
    if one.name != "" and one.name == other.name:
        return True
    return any(shared not in hubs for shared in one.identifiers & other.identifiers)


def _folded(text: str) -> str:
    return " ".join(names.tokens(text))


def _valid(fields: Fields, region: str | None, memo: Memo) -> list[Identifier]:
    found: list[Identifier] = []
    for phone in (fields.phones or {}).values():
        number = memo.normalise(phone.number, region)
        if isinstance(number, PhoneNumber) and number.valid and number.identifier is not None:
            found.append(number.identifier)
    for email in (fields.emails or {}).values():
        address = emails.canonical(email.address)
        if address is not None:
            found.append(Identifier("mailto:" + address))
    return found


def _birthday(fields: Fields) -> tuple[int, int, int] | None:
    for anniversary in (fields.anniversaries or {}).values():
        date = anniversary.get("date")
        if anniversary.get("kind") == "birth" and isinstance(date, dict):
            return _full(date)
    return None


def _full(date: dict[str, Any]) -> tuple[int, int, int] | None:
    year, month, day = (date.get(part) for part in ("year", "month", "day"))
    if isinstance(year, int) and isinstance(month, int) and isinstance(day, int):
        return year, month, day
    return None
