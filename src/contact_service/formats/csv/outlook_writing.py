"""Outlook's CSV out, in English, with the byte order mark by which Excel and Outlook know UTF-8.

It has fixed columns: three addresses of e-mail, two phones of most kinds, no labels. What does not fit is left out.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from contact_service.formats.csv import fields, headers, saying, writing

Residue = Mapping[str, Mapping[str, str]]
Values = dict[str, list[str]]

_BOM = b"\xef\xbb\xbf"
# Columns of versions before 2003, made of the others.
_COMPOSED = frozenset({"name.full", "address.work.full", "address.private.full"})
_COUNTRY = "address.", ".country"
_PLACES = ("work", "private")
# Outlook and Exchange keep no day without a year; this one is theirs for such.
_NO_YEAR = "1604"
_STREET_LINES = 3
_NAMES = ("title", "given", "given2", "surname", "credential")
_FALLBACKS = ("phone.other", "phone.primary")


class Outlook:
    """A writer of Outlook's CSV (writing.Writer)."""

    def measure(self, card: dict[str, Any], residue: Residue) -> None:
        """Nothing: the columns are always the same."""

    def header(self) -> bytes:
        """The first line, behind the byte order mark."""
        return _BOM + writing.line(name for name, _ in _columns())

    def row(self, card: dict[str, Any], residue: Residue, groups: Iterable[str] = ()) -> bytes:
        """A card's line; b"" for a group."""
        if saying.is_group(card):
            return b""
        values = _values(card, groups)
        kept = residue.get("outlook-csv", {})
        cells: list[str] = []
        for name, field in _columns():
            waiting = values.get(field)
            cells.append(waiting.pop(0) if waiting else kept.get(name, ""))
        return writing.line(cells)


@cache
def _columns() -> tuple[tuple[str, str], ...]:
    """(name, field) in Outlook's order."""
    (one,) = (one for one in headers.maps() if one.program == "outlook" and one.locale == "en-US")
    return tuple(
        (
            f"{name}/Region"
            if field.startswith(_COUNTRY[0]) and field.endswith(_COUNTRY[1])
            else name,
            field,
        )
        for name, field in zip(one.names, one.fields, strict=True)
        if field not in _COMPOSED
    )


@cache
def _room(field: str) -> int:
    return sum(1 for _, one in _columns() if one == field)


def _values(card: dict[str, Any], groups: Iterable[str]) -> Values:
    """What goes into the columns, by field; as many values as it has columns, and no more are taken."""
    values: Values = {}
    named = saying.name(card)
    parts = named.parts or {"given": named.full}
    for kind in _NAMES:
        _put(values, f"name.{kind}", parts.get(kind, ""))
    _work(values, card)
    _addresses(values, card)
    for entry in _preferred(saying.entries(card, "emails")):
        _put(values, "email", saying.text(entry, "address").strip())
    _phones(values, _preferred(saying.entries(card, "phones")))
    for kind, when in saying.days(card):
        if kind in {"birth", "wedding"}:
            _put(values, f"date.{kind}", _dated(when))
    _related(values, card)
    words = dict.fromkeys([*saying.trues(card, "keywords"), *groups])
    _put(values, "keywords", ";".join(words))
    _put(values, "hobby", "; ".join(saying.hobbies(card)))
    _put(values, "note", saying.note(card))
    _put(values, "link.work", next(iter(saying.texts(card, "links", "uri")), ""))
    return values


def _put(values: Values, field: str, text: str) -> bool:
    """Take a value if there is a column for one more."""
    held = values.setdefault(field, [])
    if not text or len(held) >= _room(field):
        return False
    held.append(text)
    return True


def _preferred(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most preferred first: there may be no column for the last."""

    def rank(entry: dict[str, Any]) -> int:
        pref = entry.get("pref")
        return pref if isinstance(pref, int) else 101

    return sorted(entries, key=rank)


def _work(values: Values, card: dict[str, Any]) -> None:
    organizations = saying.entries(card, "organizations")
    if organizations:
        _put(values, "org.name", saying.text(organizations[0], "name").strip())
        _put(values, "org.unit", "; ".join(saying.units(organizations[0])))
    _put(values, "job.title", "; ".join(saying.titles(card, roles=False)))
    _put(values, "job.role", "; ".join(saying.titles(card, roles=True)))


def _addresses(values: Values, card: dict[str, Any]) -> None:
    """The first address of each place; one of no place, and what is left over, go to Other."""
    taken: set[str] = set()
    for entry in saying.entries(card, "addresses"):
        contexts = saying.trues(entry, "contexts")
        where = next((place for place in _PLACES if place in contexts), "other")
        where = where if where not in taken else "other"
        said = saying.address(entry)
        if where in taken or not said:
            continue
        taken.add(where)
        for part, text in said.items():
            for one in _street(said) if part == "street" else [text]:
                _put(values, f"address.{where}.{part}", one)
        if "street" not in said:
            _put(values, f"address.{where}.street", said.get("extended") or said.get("full", ""))


def _street(said: dict[str, str]) -> list[str]:
    found = [*said["street"].split("\n"), *([said["extended"]] if "extended" in said else [])]
    return [*found[: _STREET_LINES - 1], ", ".join(found[_STREET_LINES - 1 :])]


def _phones(values: Values, phones: list[dict[str, Any]]) -> None:
    """A number that would else be left out goes before a mark that one is preferred."""
    for entry in phones:
        number = saying.text(entry, "number").strip()
        any(_put(values, slot, number) for slot in (f"phone.{_slot(entry)}", *_FALLBACKS))
    if phones and phones[0].get("pref") == 1:
        _put(values, "phone.primary", saying.text(phones[0], "number").strip())


def _slot(entry: dict[str, Any]) -> str:
    """The column for a phone: by its label, else the one that tells most of it and nothing that is not so."""
    label = saying.text(entry, "label").casefold()
    contexts = set(saying.trues(entry, "contexts"))
    features = set(saying.trues(entry, "features"))

    def fit(slot: str) -> int:
        told = fields.PHONES[slot]
        if "label" in told or "pref" in told:
            return 100 if told.get("label", "").casefold() == label != "" else -1
        places, kinds = set(told.get("contexts", ())), set(told.get("features", ()))
        return len(places) + 2 * len(kinds) if places <= contexts and kinds <= features else -1

    return max((slot for slot in fields.PHONES if _room(f"phone.{slot}")), key=fit)


def _dated(when: str) -> str:
    if len(when) == 7 and when.startswith("--"):
        return f"{_NO_YEAR}-{when[2:]}"
    return when if len(when) == 10 else ""


def _related(values: Values, card: dict[str, Any]) -> None:
    found: dict[str, list[str]] = {}
    for relation, who in saying.relations(card):
        found.setdefault(relation.casefold(), []).append(who)
    for field, relation in fields.RELATIONS.items():
        _put(values, f"related.{field}", "; ".join(found.get(relation.casefold(), [])))
