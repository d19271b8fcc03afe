"""Google's CSV in, before and since 2024: columns with a number belong together, whatever order they stand in.

Each column is in formats/mappings/google-csv.toml: part of the Card, kept beside it, or dropped with a reason.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from contact_service.formats import mapping
from contact_service.formats.csv import dates, google_families, google_labels, headers
from contact_service.formats.csv.draft import Draft
from contact_service.formats.csv.headers import Bound, Column
from contact_service.formats.mapping import Table

PROGRAM = "google"
_NUMBERED = re.compile(r"(.{1,40}?) ([0-9]{1,3}) - (.{1,40})")
_MY_CONTACTS = frozenset({"mycontacts", "my contacts"})
_NAMES = frozenset({"given", "given2", "surname", "title", "credential"})


@cache
def table() -> Table:
    """What becomes of each column."""
    return mapping.load("google-csv")


def bind(cells: Sequence[str]) -> Bound:
    """A header row as Google's; `known` tells how much of it is."""
    columns = tuple(_column(cell.strip(), at) for at, cell in enumerate(cells))
    return Bound(PROGRAM, columns, sum(bool(column.field) for column in columns))


def _column(name: str, at: int) -> Column:
    match = _NUMBERED.fullmatch(name)
    field = f"{match[1]} # - {match[3]}" if match else name
    known = field if field in table().listed else ""
    kept = name if known else headers.name_kept(name, at)
    return Column(name, known, kept, f"{match[1]} {match[2]}" if match and known else "")


def fill(draft: Draft, columns: Sequence[Column], cells: Sequence[str]) -> None:
    """The cells of a row, put into the draft."""
    entries: dict[str, dict[str, str]] = {}
    held: dict[str, dict[str, str]] = {}
    alone: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if not cell.strip() or column.field in table().dropped:
            continue
        part = table().mapped.get(column.field)
        if part is None:
            draft.residue[column.kept] = cell.strip()
        elif column.entry:
            entries.setdefault(column.entry, {})[part] = cell.strip()
            held.setdefault(column.entry, {})[column.kept] = cell.strip()
        else:
            alone[part] = cell
            _alone(draft, part, cell, column)
    _work(draft, alone)
    _file_as(draft, alone)
    for entry, parts in entries.items():
        if not google_families.add(draft, entry.rpartition(" ")[0], entry, parts):
            draft.residue.update(held[entry])


def _alone(draft: Draft, part: str, cell: str, column: Column) -> None:
    text = cell.strip()
    if part in _NAMES:
        draft.name(part, text)
    elif part.startswith("sound."):
        draft.sound(part.removeprefix("sound."), text, column.kept)
    elif part == "note":
        draft.add("NOTE", {"note": cell})
    elif part in _SINGLE and not _SINGLE[part](draft, text):
        draft.residue[column.kept] = text


def _full(draft: Draft, text: str) -> bool:
    draft.full(text)
    return True


def _nickname(draft: Draft, text: str) -> bool:
    for one in google_labels.split(text):
        draft.add("NICKNAME", {"name": one})
    return True


def _birthday(draft: Draft, text: str) -> bool:
    found = dates.read(text)
    if found is not None:
        draft.anniversary("birth", found)
    return found is not None


def _occupation(draft: Draft, text: str) -> bool:
    draft.add("ROLE", {"name": text, "kind": "role"})
    return True


def _hobby(draft: Draft, text: str) -> bool:
    draft.add("HOBBY", {"kind": "hobby", "value": text})
    return True


def _photo(draft: Draft, text: str) -> bool:
    """A web address; it is never fetched."""
    is_web = text.startswith(("https://", "http://")) and not any(map(str.isspace, text))
    if is_web:
        draft.add("PHOTO", {"uri": text, "kind": "photo"})
    return is_web


def _labels(draft: Draft, text: str) -> bool:
    """Groups; `* ` marks Google's own. That somebody is among My Contacts says nothing: everybody is."""
    for one in google_labels.split(text):
        word = one[1:].strip() if one.startswith("*") else one
        if word and not (one.startswith("*") and word.casefold() in _MY_CONTACTS):
            draft.keyword(word)
    return True


def _work(draft: Draft, alone: dict[str, str]) -> None:
    names, titles, units = (
        google_labels.split(alone.get(f"org.{part}", "")) for part in ("name", "title", "unit")
    )
    draft.organization(names, units)
    for title in titles:
        draft.add("TITLE", {"name": title, "kind": "title"})


def _file_as(draft: Draft, alone: dict[str, str]) -> None:
    """The whole name, where it is one: it has the name's parts in it, and not the surname first."""
    text = alone.get("file as", "").strip()
    if not text:
        return
    if is_full(text, alone.get("given", "").strip(), alone.get("surname", "").strip()):
        draft.full(text)
    else:
        draft.residue["File As"] = text


def is_full(text: str, given: str, surname: str) -> bool:
    """Whether what somebody is filed as is their name as it is said."""
    is_filed = bool(surname and text.startswith(f"{surname},")) or text.endswith(f", {given}")
    return bool(given or surname) and given in text and surname in text and not is_filed


_SINGLE: dict[str, Any] = {
    "full": _full,
    "nickname": _nickname,
    "birthday": _birthday,
    "occupation": _occupation,
    "hobby": _hobby,
    "photo": _photo,
    "labels": _labels,
}
