"""The coverage gate of CSV headers (imports.md, Mapping is a table): each column of each map is part of a Card, kept
beside it, or dropped with a reason; a new one that is none of these fails here.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contact_service.formats.csv import fields, google, google_families, headers

SHARED = Path(__file__).parents[4] / "shared" / "schemas" / "csv-headers.json"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared/schemas is not here")
NUMBERED = {
    "E-mail": ("Type", "Label", "Value"),
    "Phone": ("Type", "Label", "Value"),
    "Relation": ("Type", "Label", "Value"),
    "Website": ("Type", "Label", "Value"),
    "Event": ("Type", "Label", "Value"),
    "Custom Field": ("Type", "Label", "Value"),
    "IM": ("Type", "Service", "Value"),
    "Jot": ("Type", "Value"),
    "Calendar Link": ("Type", "Value"),
    "External ID": ("Type", "Value"),
    "User Defined Field": ("Type", "Value"),
    "Organization": (
        "Type", "Name", "Yomi Name", "Title", "Department", "Symbol", "Location", "Job Description",
    ),
    "Address": (
        "Type", "Label", "Formatted", "Street", "City", "PO Box", "Region", "Postal Code", "Country",
        "Extended Address",
    ),
}  # fmt: skip
OLD = """Name|Given Name|Additional Name|Family Name|Yomi Name|Given Name Yomi|Additional Name Yomi|Family Name Yomi|
Name Prefix|Name Suffix|Initials|Nickname|Short Name|Maiden Name|Birthday|Gender|Location|Billing Information|
Directory Server|Mileage|Occupation|Hobby|Sensitivity|Priority|Subject|Notes|Language|Photo|Group Membership"""
NEW = """First Name|Middle Name|Last Name|Phonetic First Name|Phonetic Middle Name|Phonetic Last Name|Name Prefix|
Name Suffix|Nickname|File As|Organization Name|Organization Title|Organization Department|Birthday|Notes|Photo|Labels"""


def shared_maps() -> list[dict[str, Any]]:
    if not SHARED.exists():
        return []
    found: list[dict[str, Any]] = json.loads(SHARED.read_text(encoding="utf-8"))["maps"]
    return found


def cells(one: dict[str, Any]) -> Iterator[str]:
    """A map's header row, a cell a name."""
    for column in one["columns"]:
        yield from column.get("names") or [column["name"]]


def told(one: dict[str, Any]) -> str:
    return f"{one['program']}-{one['locale']}"


def unlisted_maps(shared: list[dict[str, Any]]) -> list[str]:
    ours = [(one.program, one.locale, sorted(one.keys)) for one in headers.maps()]
    return [
        told(one)
        for one in shared
        if (one["program"], one["locale"], sorted(map(headers.key, cells(one)))) not in ours
    ]


def unlisted_fields(used: set[str]) -> set[str]:
    fates = headers.fates()
    return used - {*fates.mapped, *fates.residue, *fates.dropped}


@needs_shared
def test_every_map_and_column_of_the_shared_schema_is_in_ours() -> None:
    shared = shared_maps()
    assert len(shared) == 52
    assert sum(len(one["columns"]) for one in shared) == 2_494
    assert unlisted_maps(shared) == []


@needs_shared
def test_a_planted_column_is_missed() -> None:
    one = shared_maps()[0]
    planted = {**one, "columns": [*one["columns"], {"name": "Shoe Size", "means": None}]}
    assert unlisted_maps([planted]) == [told(one)]


def test_every_field_has_a_fate() -> None:
    used = {field for one in headers.maps() for field in one.fields}
    assert unlisted_fields(used) == set()
    assert unlisted_fields({"shoe.size"}) == {"shoe.size"}


def test_no_field_has_two_fates_and_each_loss_has_a_reason() -> None:
    fates = headers.fates()
    tables = (fates.mapped, fates.residue, fates.dropped)
    assert len(set().union(*tables)) == sum(map(len, tables))
    assert all(len(why) > 10 for why in (*fates.residue.values(), *fates.dropped.values()))


def test_what_is_mapped_is_taken_by_a_family_and_what_is_kept_by_none() -> None:
    fates = headers.fates()
    for field in fates.mapped:
        family, _, rest = field.partition(".")
        assert family in {*fields._FAMILIES, "sound"}, field
        assert family != "phone" or rest in fields.PHONES
        assert family != "account" or rest in fields.SERVICES
        assert family != "related" or rest in fields.RELATIONS
    kept = {field.partition(".")[0] for field in fates.residue if "." not in field}
    assert kept.isdisjoint(fields._FAMILIES)


def test_every_column_of_googles_is_listed() -> None:
    columns = {name.strip() for name in f"{OLD}|{NEW}".replace("\n", "").split("|")}
    columns |= {f"{family} # - {part}" for family, parts in NUMBERED.items() for part in parts}
    assert columns - google.table().listed == set()
    assert {"E-mail 12 - Type", "Shoe Size"} - google.table().listed


def test_each_of_googles_mapped_columns_has_a_reader() -> None:
    for column, part in google.table().mapped.items():
        family, numbered, _ = column.partition(" # - ")
        alone = {*google._NAMES, *google._SINGLE, "note", "file as"}
        is_read = family in google_families._FAMILIES if numbered else part in alone
        assert is_read or part.startswith(("sound.", "org.")), column
    assert all(len(why) > 10 for why in google.table().residue.values())
