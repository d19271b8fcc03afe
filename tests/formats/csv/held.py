"""Cards that Google's CSV can hold, drawn at random: this is the set, said precisely.

Text has no blanks at its ends, no control but line feed and tab, no `:::`. Names: one part of each kind that vCard's N
has; the whole only where it has the parts in it, and not the surname first. Entries are no two alike; a label, or what
Google has a word for. One note. Dates are partial ones after the year 100.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st

from contact_service.formats import csv
from contact_service.formats.csv import google, google_labels
from contact_service.formats.csv.google_families import RELATIONS
from contact_service.formats.csv.writing import Writer
from contact_service.model.imports import Upsert

Card = dict[str, Any]
TEXT = (
    st.text(
        st.sampled_from("abJD 019=+-@'\",;\n\t*()漢😀\u202e\u05d0＝＋.")
        | st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")),
        min_size=1,
        max_size=10,
    )
    .map(str.strip)
    .filter(lambda text: text != "" and ":::" not in text and not text.startswith("*"))
)
LABELS = TEXT.filter(
    lambda text: (
        text.casefold()
        not in {"other", "internet", "other fax"}
        | {word.casefold() for word in google_labels.PHONES | google_labels.ADDRESSES}
    )
)
USERS = TEXT.filter(lambda text: ":" not in text)
URIS = st.builds("https://x.example/{}".format, st.text("abc/?=&%20", max_size=6))
PREF = {"pref": st.just(1)}
DATES = st.dates(min_value=google.dates.calendar(1000, 1, 1)).filter(lambda day: day.year != 1604)


def told(entry: Card) -> str:
    """An entry as text, whatever the order of its members."""
    return json.dumps(_sorted(entry), sort_keys=True)


def _sorted(entry: Card) -> Card:
    parts = entry.get("components")
    return (
        {**entry, "components": sorted(json.dumps(part, sort_keys=True) for part in parts)}
        if parts
        else entry
    )


def one_of(*, optional: dict[str, Any] | None = None, **required: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional or {})


def labelled(table: dict[str, Any], **required: Any) -> st.SearchStrategy[Any]:
    said = st.sampled_from([{}, *table.values()]) | LABELS.map(lambda text: {"label": text})
    entry = one_of(optional=PREF, **required)
    return st.builds(lambda first, second: {**first, **second}, entry, said)


def entries(prop: str, values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(values, min_size=1, max_size=most, unique_by=told).map(
        lambda found: {f"{prop}-{at}": one for at, one in enumerate(found, 1)}
    )


@st.composite
def names(draw: Callable[..., Any]) -> Card:
    kinds = draw(
        st.sets(st.sampled_from(("given", "given2", "surname", "title", "credential")), min_size=1)
    )
    parts = [{"kind": kind, "value": draw(TEXT)} for kind in sorted(kinds)]
    name: Card = {"components": parts}
    for part in parts:
        if part["kind"] in {"given", "given2", "surname"} and draw(st.booleans()):
            part["phonetic"] = draw(TEXT)
            name["phoneticScript"] = "Zyyy"
    said = {part["kind"]: part["value"] for part in parts}
    full = " ".join([draw(TEXT), *said.values()])
    if google.is_full(full, said.get("given", ""), said.get("surname", "")) and draw(st.booleans()):
        name["full"] = full
    return name


def address() -> st.SearchStrategy[Any]:
    kinds = ("postOfficeBox", "apartment", "name", "locality", "region", "postcode", "country")
    parts = st.lists(st.sampled_from(kinds), min_size=1, unique=True).flatmap(
        lambda found: st.tuples(*(one_of(kind=st.just(kind), value=TEXT) for kind in sorted(found)))
    )
    return labelled(google_labels.ADDRESSES, components=parts.map(list)) | labelled(
        google_labels.ADDRESSES, full=TEXT
    )


def dates(kind: str) -> st.SearchStrategy[Any]:
    whole = DATES.map(lambda day: {"year": day.year, "month": day.month, "day": day.day})
    return one_of(
        kind=st.just(kind),
        date=whole | whole.map(lambda day: {key: day[key] for key in ("month", "day")}),
    )


ORGANIZATIONS = st.lists(TEXT, min_size=1, max_size=3, unique=True).flatmap(
    lambda found: st.lists(TEXT.map(lambda unit: {"name": unit}), max_size=2).map(
        lambda units: {
            f"ORG-{at}": {"name": name} | ({"units": units} if units and at == 1 else {})
            for at, name in enumerate(found, 1)
        }
    )
)
RELATED = st.dictionaries(
    TEXT.filter(lambda text: not text.lower().startswith("urn:")),
    st.sets(
        st.sampled_from(sorted(RELATIONS))
        | TEXT.filter(lambda text: text.casefold() not in RELATIONS),
        min_size=1,
        max_size=2,
    ).map(lambda found: {"relation": dict.fromkeys(sorted(found), True)}),
    min_size=1,
    max_size=2,
)
SERVICES = one_of(service=TEXT, uri=URIS) | one_of(user=USERS, optional={"service": TEXT})
TITLES = st.builds(
    lambda name, kind: {"name": name, "kind": kind}, TEXT, st.sampled_from(["title", "role"])
)
CARDS = st.fixed_dictionaries(
    {"name": names()},
    optional={
        "nicknames": entries("NICKNAME", one_of(name=TEXT)),
        "emails": entries("EMAIL", labelled(google_labels.EVERYWHERE, address=TEXT)),
        "phones": entries("TEL", labelled(google_labels.PHONES, number=TEXT)),
        "addresses": entries("ADR", address()),
        "links": entries("URL", labelled(google_labels.EVERYWHERE, uri=TEXT)),
        "organizations": ORGANIZATIONS,
        "titles": entries("TITLE", TITLES),
        "notes": entries("NOTE", one_of(note=TEXT), most=1),
        "keywords": st.dictionaries(TEXT, st.just(value=True), min_size=1, max_size=3),
        "anniversaries": st.tuples(dates("birth"), dates("wedding"), dates("death")).map(
            lambda found: {f"BDAY-{at}": one for at, one in enumerate(found, 1)}
        ),
        "relatedTo": RELATED,
        "onlineServices": entries("IMPP", SERVICES),
        "personalInfo": entries("HOBBY", one_of(kind=st.just("hobby"), value=TEXT)),
        "media": entries("PHOTO", one_of(uri=URIS, kind=st.just("photo")), most=1),
    },
)  # fmt: skip


def through(writer: Writer, card: Card, residue: Card | None = None) -> tuple[Card, Card]:
    """The card and its residue after an export and an import."""
    kept = residue or {}
    writer.measure(card, kept)
    text = (writer.header() + writer.row(card, kept)).decode("utf-8-sig")
    (found,) = csv.read([text], partial(str.encode))
    assert isinstance(found, Upsert), found
    return json.loads(found.card.json), json.loads(found.residue or b"{}")


def plain(card: Card) -> Card:
    """What a card says, whatever its entries are called and how they are ordered."""
    said: Card = {}
    for member, value in card.items():
        if member in {"@type", "version", "uid"}:
            continue
        if member == "name":
            parts = sorted(json.dumps(part, sort_keys=True) for part in value.get("components", ()))
            said[member] = {**value, "components": parts}
        elif isinstance(value, dict) and member not in {"keywords", "relatedTo"}:
            said[member] = sorted(
                json.dumps(_sorted(one), sort_keys=True) for one in value.values()
            )
        else:
            said[member] = value
    return said
