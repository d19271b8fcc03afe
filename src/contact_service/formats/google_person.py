"""Who a Google person is: names, work, dates, relations, notes. Transforms of mappings/google.toml."""

from typing import Any

import msgspec

from contact_service.formats.google_entries import Entry, Valued, add, keep, lines, read
from contact_service.formats.mapping import Transform

_NAME = (
    ("honorific_prefix", "title", "phonetic_honorific_prefix"),
    ("given_name", "given", "phonetic_given_name"),
    ("middle_name", "given2", "phonetic_middle_name"),
    ("family_name", "surname", "phonetic_family_name"),
    ("honorific_suffix", "credential", "phonetic_honorific_suffix"),
)
"""Parts of a name in the order they are written, the component each becomes (as N, RFC 9555 2.5.4), how it sounds."""
_RELATIONS = {"spouse": "spouse", "child": "child", "parent": "parent", "friend": "friend"}
_NEAR = {
    "mother": "parent",
    "father": "parent",
    "brother": "sibling",
    "sister": "sibling",
    "relative": "kin",
    "domesticPartner": "sweetheart",
    "partner": "sweetheart",
    "assistant": "agent",
    "manager": "co-worker",
}
"""What comes near (RFC 9553 2.1.8); the exact word is residue."""
_GENDERS = {"male": "masculine", "female": "feminine"}
_NO_YEAR = frozenset({0, 1604})
"""Google's none, and the one that books which came over from Apple's have."""


class Name(Entry, frozen=True, rename="camel", gc=False):
    """`Name`."""

    display_name: str | None = None
    unstructured_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    honorific_prefix: str | None = None
    honorific_suffix: str | None = None
    phonetic_given_name: str | None = None
    phonetic_middle_name: str | None = None
    phonetic_family_name: str | None = None
    phonetic_honorific_prefix: str | None = None
    phonetic_honorific_suffix: str | None = None
    phonetic_full_name: str | None = None


class Organization(Entry, frozen=True, gc=False):
    """`Organization`."""

    name: str | None = None
    department: str | None = None
    title: str | None = None
    current: bool | None = None


class Day(msgspec.Struct, frozen=True, gc=False):
    """`Date`: 0 stands for what is not known."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


class Dated(Entry, frozen=True, gc=False):
    """`Birthday`, `Event`."""

    date: Day | None = None
    text: str | None = None


class Relation(Entry, frozen=True, gc=False):
    """`Relation`."""

    person: str | None = None


class Biography(Valued, frozen=True, rename="camel", gc=False):
    """`Biography`."""

    content_type: str | None = None


class UserDefined(Valued, frozen=True, gc=False):
    """`UserDefined`."""

    key: str | None = None


def name(value: Any, card: dict[str, Any]) -> None:
    """Names -> name; of several the first one counts."""
    told = read(value, Name)
    if not told:
        return
    at = next((place for place, one in enumerate(told) if one.is_primary), 0)
    for place in range(len(told)):
        if place != at:
            keep(card, "names", value, place)
    made, is_whole = _name(told[at])
    if made:
        card["name"] = made
    if not is_whole:
        keep(card, "names", value, at)


def _name(told: Name) -> tuple[dict[str, Any], bool]:
    """The Card's name, and whether it says all."""
    full = told.display_name or told.unstructured_name
    made: dict[str, Any] = {"full": full} if full else {}
    components, sounds, mute = [], False, False
    for part, kind, spoken in _NAME:
        text, sound = getattr(told, part), getattr(told, spoken)
        if text:
            component = {"kind": kind, "value": text}
            if sound:
                component["phonetic"] = sound
            components.append(component)
        sounds |= bool(text and sound)
        mute |= bool(sound and not text)
    if components:
        made["components"] = components
    if sounds:
        # As in formats/vcard/map_person.py: nothing tells the script.
        made["phoneticScript"] = "Zyyy"
    mute |= bool(told.phonetic_full_name and not sounds)
    return made, not mute and told.unstructured_name in (None, "", full)


def nicknames(value: Any, card: dict[str, Any]) -> None:
    """Nicknames -> nicknames; another kind than the usual is residue."""
    for at, told in enumerate(read(value, Valued)):
        if told.value:
            add(card, "nicknames", {"name": told.value})
        if told.type not in {None, "DEFAULT"}:
            keep(card, "nicknames", value, at)


def organizations(value: Any, card: dict[str, Any]) -> None:
    """Organizations -> organizations and titles."""
    for at, told in enumerate(read(value, Organization)):
        entry: dict[str, Any] = {"name": told.name} if told.name else {}
        if told.department:
            entry["units"] = [{"name": told.department}]
        if entry and told.type == "work":
            entry["contexts"] = {"work": True}
        if entry:
            add(card, "organizations", entry)
        if told.title:
            title = {"name": told.title, "kind": "title"}
            if entry:
                title["organizationId"] = f"o{len(card['organizations'])}"
            add(card, "titles", title)
        if told.current is False or told.type not in {None, "", "work"}:
            keep(card, "organizations", value, at)


def occupations(value: Any, card: dict[str, Any]) -> None:
    """Occupations -> titles of kind role."""
    for told in read(value, Valued):
        if told.value:
            add(card, "titles", {"name": told.value, "kind": "role"})


def birthdays(value: Any, card: dict[str, Any]) -> None:
    """Birthdays -> anniversaries; one that is a text alone, and a second one, are residue."""
    found = False
    for at, told in enumerate(read(value, Dated)):
        date = _date(told.date)
        if date is None or found:
            keep(card, "birthdays", value, at)
            continue
        add(card, "anniversaries", {"kind": "birth", "date": date})
        found = True


def events(value: Any, card: dict[str, Any]) -> None:
    """Events -> anniversaries; what is no wedding, as the lines that phones show it by: X-ABDATE with its X-ABLABEL."""
    for at, told in enumerate(read(value, Dated)):
        date = _date(told.date)
        if date is None:
            keep(card, "events", value, at)
        elif told.type == "anniversary":
            add(card, "anniversaries", {"kind": "wedding", "date": date})
        else:
            label = told.formatted_type or told.type or "other"
            _lines(card, ("x-abdate", "date-and-or-time", _spelled(date)), label)


def user_defined(value: Any, card: dict[str, Any]) -> None:
    """UserDefined -> a line X-CUSTOM with its X-ABLABEL; no property of RFC 9553 has a name of the owner's."""
    for told in read(value, UserDefined):
        if told.value or told.key:
            _lines(card, ("x-custom", "text", told.value or ""), told.key or "")


def _lines(card: dict[str, Any], line: tuple[str, str, str], label: str) -> None:
    """Two lines of one group among those without a home (RFC 9555 2.15.1)."""
    props = card.setdefault("vCardProps", [])
    group = {"group": f"item{len(props) // 2 + 1}"}
    named, kind, text = line
    props += [[named, group, kind, text], ["x-ablabel", group, "text", label]]


def relations(value: Any, card: dict[str, Any]) -> None:
    """Relations -> relatedTo, by the other's name."""
    for at, told in enumerate(read(value, Relation)):
        person, kind = (told.person or "").strip(), told.type or ""
        meant = _RELATIONS.get(kind) or _NEAR.get(kind)
        if person:
            entry = card.setdefault("relatedTo", {}).setdefault(person, {})
            if meant:
                entry.setdefault("relation", {})[meant] = True
        if kind not in _RELATIONS and kind:
            keep(card, "relations", value, at)


def notes(value: Any, card: dict[str, Any]) -> None:
    """Biographies -> notes, with their line breaks."""
    for at, told in enumerate(read(value, Biography)):
        if told.value:
            add(card, "notes", {"note": lines(told.value)})
        if told.content_type == "TEXT_HTML":
            keep(card, "biographies", value, at)


def genders(value: Any, card: dict[str, Any]) -> None:
    """Genders -> speakToAs, and as it is to the residue: a grammatical gender is less (RFC 9555 2.5.7)."""
    for at, told in enumerate(read(value, Valued)):
        if told.value in _GENDERS and "speakToAs" not in card:
            card["speakToAs"] = {"grammaticalGender": _GENDERS[told.value]}
        keep(card, "genders", value, at)


def languages(value: Any, card: dict[str, Any]) -> None:
    """Locales -> preferredLanguages."""
    for told in read(value, Valued):
        if told.value:
            add(card, "preferredLanguages", {"language": told.value})


def _personal(kind: str) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        for told in read(value, Valued):
            if told.value:
                add(card, "personalInfo", {"kind": kind, "value": told.value})

    return put


def _date(told: Day | None) -> dict[str, Any] | None:
    """A PartialDate (RFC 9553 1.4.8) of year, month and day, as many as are known; None when they are no date."""
    if told is None:
        return None
    year = 0 if told.year in _NO_YEAR else told.year or 0
    month, day = told.month or 0, told.day or 0
    in_range = 0 <= year <= 9999 and 0 <= month <= 12 and 0 <= day <= 31
    # A day needs its month, a month alone a year or a day.
    if not in_range or (day and not month) or not (year or (month and day)):
        return None
    parts = {"year": year, "month": month, "day": day}
    return {key: part for key, part in parts.items() if part}


def _spelled(date: dict[str, int]) -> str:
    """As vCard 4.0 writes it (RFC 6350 4.3.1)."""
    year, month, day = date.get("year"), date.get("month"), date.get("day")
    if year is None:
        return f"--{month:02}{day:02}"
    if month is None:
        return f"{year:04}"
    return f"{year:04}-{month:02}" if day is None else f"{year:04}{month:02}{day:02}"


TRANSFORMS: dict[str, Transform] = {
    "name": name,
    "nicknames": nicknames,
    "organizations": organizations,
    "occupations": occupations,
    "birthdays": birthdays,
    "events": events,
    "user_defined": user_defined,
    "relations": relations,
    "notes": notes,
    "genders": genders,
    "languages": languages,
    "interests": _personal("interest"),
    "skills": _personal("expertise"),
}
