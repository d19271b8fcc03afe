"""Cards leave as Outlook's CSV, in English, and come back with all that its columns hold."""

import csv as stdlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats.csv import fields
from contact_service.formats.csv.outlook_writing import Outlook
from formats.csv import held
from formats.csv.held import TEXT, Card, one_of, plain, through

# One phone of each kind that has a column, and the preferred one first, so that each finds its own.
PHONES = st.sets(st.sampled_from(sorted(fields.PHONES.keys() - {"primary", "yahoo"})), min_size=1)
WORDS = TEXT.filter(lambda text: not set(text) & set(";,"))
LINE = TEXT.filter(lambda text: "\n" not in text)


@st.composite
def cards(draw: Any) -> Card:
    card: Card = {"name": {"components": [{"kind": "given", "value": draw(TEXT)}]}}
    emails = draw(st.lists(TEXT, max_size=3, unique=True))
    card["emails"] = {f"EMAIL-{at}": {"address": one} for at, one in enumerate(emails)}
    slots = sorted(draw(PHONES))
    numbers = draw(st.lists(TEXT, min_size=len(slots), max_size=len(slots), unique=True))
    card["phones"] = {
        f"TEL-{slot}": {"number": number, **fields.PHONES[slot]}
        for slot, number in zip(slots, numbers, strict=True)
    }
    card["addresses"] = {
        f"ADR-{place}": {
            "components": [
                {"kind": kind, "value": draw(LINE)} for kind in ("name", "locality", "country")
            ],
            "contexts": {place: True},
        }
        for place in draw(st.sets(st.sampled_from(["work", "private"])))
    }
    card["anniversaries"] = {
        "BDAY-1": draw(held.dates("birth")),
        "ANN-1": draw(held.dates("wedding")),
    }
    card["keywords"] = dict.fromkeys(draw(st.sets(WORDS, max_size=3)), True)
    card["notes"] = {"NOTE-1": {"note": draw(TEXT)}}
    card["organizations"] = {"ORG-1": {"name": draw(TEXT), "units": [{"name": draw(TEXT)}]}}
    card["titles"] = {"TITLE-1": draw(one_of(name=TEXT, kind=st.just("title")))}
    card["links"] = {"URL-1": {"uri": draw(TEXT), "contexts": {"work": True}}}
    card["relatedTo"] = {
        draw(WORDS): {"relation": {draw(st.sampled_from([*fields.RELATIONS.values()])): True}}
    }
    return {member: value for member, value in card.items() if value}


@given(cards())
@settings(max_examples=80, deadline=None)
def test_a_card_that_outlook_can_hold_comes_back_as_it_was(card: Card) -> None:
    back, residue = through(Outlook(), card)
    assert plain(back) == plain(card)
    assert residue == {}


def row(card: Card, residue: Card | None = None) -> dict[str, str]:
    writer = Outlook()
    text = (writer.header() + writer.row(card, residue or {})).decode("utf-8-sig")
    (found,) = stdlib.DictReader(io.StringIO(text, newline=""))
    return {name: value for name, value in found.items() if value}


def test_the_file_begins_with_the_mark_by_which_excel_knows_utf_8() -> None:
    assert Outlook().header().startswith(b"\xef\xbb\xbfTitle,First Name,Middle Name,Last Name")
    assert b"Business Country/Region" in Outlook().header()


def test_the_preferred_come_first_and_what_has_no_column_goes_to_those_for_others() -> None:
    work = {"contexts": {"work": True}, "features": {"voice": True}}
    phones = {f"p{at}": {"number": str(at), **work} for at in range(6)}
    phones["p5"]["pref"] = 1
    assert row({"phones": {"p5": phones["p5"]}}) == {"Business Phone": "5", "Primary Phone": "5"}
    assert row({"phones": phones}) == {
        "Business Phone": "5",
        "Business Phone 2": "0",
        "Other Phone": "1",
        "Primary Phone": "2",
    }


def test_a_lone_whole_name_is_a_first_name_and_a_day_without_year_has_outlooks() -> None:
    day = {"kind": "birth", "date": {"month": 3, "day": 7}}
    card = {"name": {"full": "Ann Smith"}, "anniversaries": {"a": day}}
    assert row(card) == {"First Name": "Ann Smith", "Birthday": "1604-03-07"}


@pytest.mark.parametrize("value", ["=1+1", "＝1", "-1", "@a", "\t=1"], ids=repr)
def test_no_cell_is_a_formula(value: str) -> None:
    card = {
        "name": {"components": [{"kind": "given", "value": value}]},
        "emails": {"e": {"address": value}},
        "keywords": {value: True},
        "notes": {"n": {"note": value}},
        "links": {"l": {"uri": value}},
    }
    found = row(card, {"outlook-csv": {"Mileage": value}})
    assert len(found) == 6
    assert all(cell.startswith("'") for cell in found.values() if cell != "1")


def test_what_an_import_kept_returns_with_the_next_export() -> None:
    kept = {"outlook-csv": {"Mileage": "12", "User 2": "x"}, "google-csv": {"Gender": "f"}}
    back, residue = through(Outlook(), {"name": {"full": "Ann"}}, kept)
    assert back["name"]["components"] == [{"kind": "given", "value": "Ann"}]
    assert residue == {"outlook-csv": {"Mileage": "12", "User 2": "x"}}


def test_of_two_addresses_of_a_place_the_second_is_the_other() -> None:
    address = {"components": [{"kind": "locality", "value": "Bonn"}], "contexts": {"work": True}}
    found = row({"addresses": {"a": address, "b": address, "c": {"full": "1 A St\nTown"}}})
    assert found == {"Business City": "Bonn", "Other City": "Bonn"}
