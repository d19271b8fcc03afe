"""A file of each program in each language: whatever stands in a column is in the Card or beside it."""

import csv as stdlib
import io
import json
from typing import Any

import pytest

from contact_service.formats import csv
from contact_service.formats.csv import headers
from contact_service.model.imports import Upsert
from formats.csv import test_coverage as coverage

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


def written(*rows: list[str], delimiter: str = ",") -> str:
    made = io.StringIO()
    stdlib.writer(made, delimiter=delimiter).writerows(rows)
    return made.getvalue()


def only(text: str) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The card and the residue of a file's one record."""
    assert csv.looks_like(text)
    (one,) = csv.read([text])
    assert isinstance(one, Upsert), one
    return json.loads(one.card.json), json.loads(one.residue or b"{}")


def told(one: headers.Map) -> str:
    return f"{one.program}-{one.locale}-{len(one.names)}"


@pytest.mark.parametrize("one", headers.maps(), ids=told)
@pytest.mark.parametrize("delimiter", DELIMITERS.values(), ids=DELIMITERS.keys())
def test_no_value_of_any_column_is_lost(one: headers.Map, delimiter: str) -> None:
    values = [f"v{at}x" for at in range(len(one.names))]
    card, residue = only(written(list(one.names), values, delimiter=delimiter))
    said = json.dumps([card, residue], ensure_ascii=False)
    lost = {field for value, field in zip(values, one.fields, strict=True) if value not in said}
    assert lost <= headers.fates().dropped.keys()


@pytest.mark.parametrize("one", coverage.shared_maps(), ids=coverage.told)
def test_each_map_is_told_by_its_header_and_read_in_any_order(one: dict[str, Any]) -> None:
    names = list(coverage.cells(one))
    # Halves of a name that fell apart at its comma mean nothing in another order.
    turned = names if any(name.startswith(" ") for name in names) else names[::-1]
    for row in (names, names[1:] + names[:1], turned):
        bound = headers.bind(row)
        assert bound.known == len(row)
        wanted = sorted(headers.bind(names).columns, key=lambda column: column.field)
        found = sorted(bound.columns, key=lambda column: column.field)
        assert [column.field for column in found] == [column.field for column in wanted]


def test_french_outlook_has_two_names_and_two_titles() -> None:
    (one,) = (m for m in headers.maps() if (m.program, m.locale) == ("outlook", "fr"))
    row = dict.fromkeys(range(len(one.names)), "")
    for at, (name, field) in enumerate(zip(one.names, one.fields, strict=True)):
        if name in {"Nom", "Titre"}:
            row[at] = field
    card, residue = only(written(list(one.names), list(row.values())))
    parts = {part["kind"]: part["value"] for part in card["name"]["components"]}
    assert parts == {"title": "name.title", "surname": "name.surname"}
    assert card["name"]["full"] == "name.full"
    assert card["titles"]["TITLE-1"]["name"] == "job.title"
    assert residue == {}


def test_of_two_columns_with_one_name_position_decides_where_others_are_missing() -> None:
    card, _ = only(written(["Prénom", "Nom", "Société", "Titre"], ["Zoé", "Roy", "ACME", "Chef"]))
    assert card["titles"]["TITLE-1"]["name"] == "Chef"
    assert [part["kind"] for part in card["name"]["components"]] == ["surname", "given"]


def test_dutch_names_with_a_comma_are_known_quoted_and_unquoted() -> None:
    quoted = ["Voornaam", "Werkadres, straat", "Werkadres, plaats", "E-mailadres"]
    card, _ = only(written(quoted, ["Jan", "Damrak 1", "Amsterdam", "jan@x.example"]))
    address = card["addresses"]["ADR-1"]
    assert [part["value"] for part in address["components"]] == ["Damrak 1", "Amsterdam"]
    assert address["contexts"] == {"work": True}


def test_the_street_of_three_lines_is_one_component() -> None:
    names = [
        "First Name",
        "Business Street",
        "Business Street 2",
        "Business Street 3",
        "E-mail Address",
    ]
    card, _ = only(written(names, ["Jo", "1 A St", "Floor 2", "Rear", "jo@x.example"]))
    (part,) = card["addresses"]["ADR-1"]["components"]
    assert part == {"kind": "name", "value": "1 A St\nFloor 2\nRear"}


def test_what_is_kept_of_a_german_file_has_the_english_column() -> None:
    (one,) = (m for m in headers.maps() if (m.program, m.locale) == ("outlook", "de"))
    row = ["x@y.example" if field == "email" else "" for field in one.fields]
    row[one.fields.index("mileage")] = "12"
    assert only(written(list(one.names), row))[1] == {"outlook-csv": {"Mileage": "12"}}


def test_a_column_nobody_knows_is_kept_under_its_own_name() -> None:
    card, residue = only(written(["Name", "Email", "Shoe Size"], ["Ann", "a@x.example", "42"]))
    assert card["name"] == {"full": "Ann"}
    assert residue == {"csv": {"Shoe Size": "42"}}
