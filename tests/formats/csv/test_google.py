"""Google's CSV, before and since 2024."""

import json
from typing import Any

import pytest

from contact_service.formats import csv
from contact_service.model.imports import Upsert
from formats.csv.test_maps import only, written

OLD = {
    "Name": "Dr. Jane Q Doe Jr.",
    "Given Name": "Jane",
    "Additional Name": "Q",
    "Family Name": "Doe",
    "Given Name Yomi": "ジェーン",
    "Name Prefix": "Dr.",
    "Name Suffix": "Jr.",
    "Nickname": "JD",
    "Birthday": " --03-07",
    "Occupation": "Baker",
    "Notes": "one\r\ntwo",
    "Maiden Name": "Roe",
    "Group Membership": "Friends ::: * My Contacts ::: * starred",
    "E-mail 1 - Type": "* Home",
    "E-mail 1 - Value": "j@x.example ::: k@x.example",
    "Phone 1 - Type": "Work Fax",
    "Phone 1 - Value": "+49 30 1",
    "Phone 2 - Type": "Chalet",
    "Phone 2 - Value": "+41 1",
    "Organization 1 - Type": "*",
    "Organization 1 - Name": "ACME",
    "Organization 1 - Title": "Boss",
    "Organization 1 - Department": "R&D",
    "Organization 1 - Symbol": "AC",
    "Address 1 - Type": "Home",
    "Address 1 - Formatted": "1 A St\nTown",
    "Address 1 - Street": "1 A St",
    "Address 1 - City": "Town",
    "Relation 1 - Type": "Spouse",
    "Relation 1 - Value": "Joe",
    "Website 1 - Type": "Blog",
    "Website 1 - Value": "https://x.example",
    "Event 1 - Type": "Anniversary",
    "Event 1 - Value": "2001-05-06",
    "Event 2 - Type": "Graduation",
    "Event 2 - Value": "1999-05-06",
    "IM 1 - Type": "Home",
    "IM 1 - Service": "Skype",
    "IM 1 - Value": "jane",
    "Custom Field 1 - Type": "Shoe",
    "Custom Field 1 - Value": "42",
}


def record(**members: str) -> tuple[dict[str, Any], dict[str, str]]:
    told = {name.replace("__", " - ").replace("_", " "): value for name, value in members.items()}
    columns = {"First Name": "", "Last Name": "", "Labels": "", "E-mail 1 - Value": "", **told}
    card, residue = only(written(list(columns), list(columns.values())))
    return card, residue.get("google-csv", {})


def test_a_file_from_before_2024_is_read_whole() -> None:
    card, residue = only(written(list(OLD), list(OLD.values())))
    name = card["name"]
    assert name["full"] == "Dr. Jane Q Doe Jr."
    assert {part["kind"]: part["value"] for part in name["components"]} == {
        "surname": "Doe", "given": "Jane", "given2": "Q", "title": "Dr.", "credential": "Jr.",
    }  # fmt: skip
    assert name["components"][1]["phonetic"] == "ジェーン"
    assert card["nicknames"] == {"NICKNAME-1": {"name": "JD"}}
    assert card["anniversaries"] == {
        "BDAY-1": {"kind": "birth", "date": {"month": 3, "day": 7}},
        "ANNIVERSARY-1": {"kind": "wedding", "date": {"year": 2001, "month": 5, "day": 6}},
    }
    assert card["notes"] == {"NOTE-1": {"note": "one\ntwo"}}
    assert card["keywords"] == {"Friends": True, "starred": True}
    assert [entry["name"] for entry in card["titles"].values()] == ["Baker", "Boss"]
    assert residue == {
        "google-csv": {
            "Maiden Name": "Roe",
            "Organization 1 - Symbol": "AC",
            "Event 2 - Type": "Graduation",
            "Event 2 - Value": "1999-05-06",
            "Custom Field 1 - Type": "Shoe",
            "Custom Field 1 - Value": "42",
        }
    }


def test_labels_become_contexts_features_and_labels() -> None:
    card, _ = only(written(list(OLD), list(OLD.values())))
    assert card["emails"] == {
        "EMAIL-1": {"address": "j@x.example", "contexts": {"private": True}, "pref": 1},
        "EMAIL-2": {"address": "k@x.example", "contexts": {"private": True}},
    }
    assert card["phones"] == {
        "TEL-1": {"number": "+49 30 1", "contexts": {"work": True}, "features": {"fax": True}},
        "TEL-2": {"number": "+41 1", "label": "Chalet"},
    }
    assert card["addresses"]["ADR-1"] == {
        "components": [
            {"kind": "name", "value": "1 A St"},
            {"kind": "locality", "value": "Town"},
        ],
        "full": "1 A St\nTown",
        "contexts": {"private": True},
    }
    assert card["organizations"] == {"ORG-1": {"name": "ACME", "units": [{"name": "R&D"}]}}
    assert card["relatedTo"] == {"Joe": {"relation": {"spouse": True}}}
    assert card["links"] == {"URL-1": {"uri": "https://x.example", "label": "Blog"}}
    assert card["onlineServices"] == {
        "IMPP-1": {"service": "Skype", "user": "jane", "contexts": {"private": True}}
    }


def test_the_columns_since_2024() -> None:
    card, residue = record(
        First_Name="Jane",
        Phonetic_First_Name="jein",
        Organization_Name="ACME ::: Evil",
        Organization_Title="Boss",
        Organization_Department="R&D",
        Birthday="1980-03-07",
        Labels="* myContacts ::: Friends",
        **{"E-mail_1__Label": "* ", "E-mail_1__Value": "j@x.example"},
        Photo="https://lh3.example/p",
        Custom_Field_1__Label="Shoe",
        Custom_Field_1__Value="42",
    )
    assert card["name"]["components"] == [{"kind": "given", "value": "Jane", "phonetic": "jein"}]
    assert [entry["name"] for entry in card["organizations"].values()] == ["ACME", "Evil"]
    assert card["keywords"] == {"Friends": True}
    assert card["emails"]["EMAIL-1"] == {"address": "j@x.example", "pref": 1}
    assert card["media"] == {"PHOTO-1": {"uri": "https://lh3.example/p", "kind": "photo"}}
    assert residue == {"Custom Field 1 - Label": "Shoe", "Custom Field 1 - Value": "42"}


def test_what_somebody_is_filed_as_is_their_name_only_where_it_says_it() -> None:
    same, _ = record(First_Name="Jane", Last_Name="Doe", File_As="Dr. Jane Doe")
    assert same["name"]["full"] == "Dr. Jane Doe"
    for filed in ("Doe, Jane", "ACME"):
        card, residue = record(First_Name="Jane", Last_Name="Doe", File_As=filed)
        assert "full" not in card["name"]
        assert residue == {"File As": filed}


def test_two_addresses_in_one_entry_are_two() -> None:
    card, _ = record(
        Address_1__Label="Work", Address_1__City="A ::: B", Address_1__Street="1 ::: 2"
    )
    values = [[part["value"] for part in one["components"]] for one in card["addresses"].values()]
    assert values == [["1", "A"], ["2", "B"]]


def test_a_phonetic_name_without_its_name_is_kept() -> None:
    _, residue = record(Last_Name="Doe", Phonetic_First_Name="jein")
    assert residue == {"Phonetic First Name": "jein"}


@pytest.mark.parametrize("said", ["03/07/1980", "someday"], ids=["two days", "no day"])
def test_a_birthday_that_cannot_be_read_is_kept_as_it_is(said: str) -> None:
    assert record(First_Name="Jane", Birthday=said)[1] == {"Birthday": said}


def test_a_row_of_labels_alone_is_a_reject() -> None:
    text = written(
        ["First Name", "Last Name", "E-mail 1 - Label", "E-mail 1 - Value"], ["", "", "Home", ""]
    )
    (one,) = csv.read([text])
    assert not isinstance(one, Upsert)
    assert one.code == "no-content"


def test_members_of_one_card_do_not_leak_into_the_next() -> None:
    text = written(list(OLD), list(OLD.values()), ["Ann", *[""] * (len(OLD) - 1)])
    _, second = csv.read([text])
    assert isinstance(second, Upsert)
    assert json.loads(second.card.json)["name"] == {"full": "Ann"}
    assert second.residue == b""
