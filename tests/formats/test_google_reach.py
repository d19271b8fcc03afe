"""How to reach a Google person: numbers, addresses, accounts, links, the picture."""

import json
from typing import Any

import pytest

from contact_service.formats import google
from contact_service.model.imports import Upsert
from googling import HERE, READER, read


@pytest.mark.parametrize(
    ("told", "entry"),
    [
        ({"value": "(202) 555-0100", "canonicalForm": "+12025550100"}, {"number": "+12025550100"}),
        ({"value": "030 1234", "canonicalForm": "+49301234"}, {"number": "+49301234"}),
        ({"value": "+1 202-555-0100", "canonicalForm": "+12025550100"}, {"number": "+1 202-555-0100"}),
        ({"value": "555-0100 ext. 12", "canonicalForm": "+12025550100"}, {"number": "555-0100 ext. 12"}),
        ({"value": "*123#"}, {"number": "*123#"}),
        ({"canonicalForm": "+12025550100"}, {"number": "+12025550100"}),
        ({"value": "1", "type": "home"}, {"number": "1", "contexts": {"private": True}}),
        ({"value": "1", "type": "work"}, {"number": "1", "contexts": {"work": True}}),
        ({"value": "1", "type": "mobile"}, {"number": "1", "features": {"mobile": True}}),
        (
            {"value": "1", "type": "workFax", "formattedType": "Work Fax"},
            {"number": "1", "contexts": {"work": True}, "features": {"fax": True}},
        ),
        ({"value": "1", "type": "main"}, {"number": "1", "features": {"main-number": True}}),
        ({"value": "1", "type": "other", "formattedType": "Other"}, {"number": "1"}),
        (
            {"value": "1", "type": "googleVoice", "formattedType": "Google Voice"},
            {"number": "1", "label": "Google Voice"},
        ),
        ({"value": "1", "type": "Summer house"}, {"number": "1", "label": "Summer house"}),
    ],
    ids=[
        "national", "national-de", "international", "extension", "code", "canonical-only", "home", "work",
        "mobile", "work-fax", "main", "other", "voice", "custom",
    ],
)  # fmt: skip
def test_a_number_can_be_dialled_from_anywhere(told: dict[str, str], entry: dict[str, Any]) -> None:
    card, residue = read(phoneNumbers=[told])
    assert card["phones"] == {"p1": entry}
    assert residue == {}


def test_a_preferred_one_is_told_where_it_is_not_the_first() -> None:
    primary = {"metadata": {"primary": True}}
    first, _ = read(emailAddresses=[{"value": "a@b.c", **primary}, {"value": "d@e.f"}])
    second, _ = read(emailAddresses=[{"value": "a@b.c"}, {"value": "d@e.f", **primary}])
    assert [entry.get("pref") for entry in first["emails"].values()] == [None, None]
    assert [entry.get("pref") for entry in second["emails"].values()] == [None, 1]


def test_an_address_with_all_its_parts() -> None:
    card, residue = read(
        addresses=[
            {
                "type": "home",
                "formattedValue": "P.O. 7\r\nMain St 1\nLisboa",
                "poBox": "7",
                "streetAddress": "Main St 1",
                "extendedAddress": "2nd floor",
                "city": "Lisboa",
                "region": "Lisboa",
                "postalCode": "1000",
                "country": "Portugal",
                "countryCode": "PT",
            }
        ]
    )
    assert card["addresses"]["a1"] == {
        "components": [
            {"kind": "postOfficeBox", "value": "7"},
            {"kind": "apartment", "value": "2nd floor"},
            {"kind": "name", "value": "Main St 1"},
            {"kind": "locality", "value": "Lisboa"},
            {"kind": "region", "value": "Lisboa"},
            {"kind": "postcode", "value": "1000"},
            {"kind": "country", "value": "Portugal"},
        ],
        "full": "P.O. 7\nMain St 1\nLisboa",
        "countryCode": "PT",
        "contexts": {"private": True},
    }
    assert residue == {}


def test_accounts_links_and_the_rest() -> None:
    card, residue = read(
        imClients=[
            {"username": "eve", "protocol": "googleTalk", "formattedProtocol": "Google Talk"}
        ],
        sipAddresses=[{"value": "sip:eve@example.org", "type": "work"}, {"value": "eve"}],
        urls=[{"value": "https://a.example", "type": "blog", "formattedType": "Blog"}],
        calendarUrls=[{"url": "https://c.example", "type": "freeBusy"}],
        interests=[{"value": "Chess"}],
        skills=[{"value": "Welding"}],
        locales=[{"value": "pt-BR"}],
        genders=[{"value": "female", "formattedValue": "Female"}],
    )
    assert card["onlineServices"] == {
        "o1": {"user": "eve", "service": "Google Talk"},
        "o2": {"uri": "sip:eve@example.org", "service": "SIP", "contexts": {"work": True}},
        "o3": {"user": "eve", "service": "SIP"},
    }
    assert card["links"] == {"l1": {"uri": "https://a.example", "label": "Blog"}}
    assert card["calendars"] == {"c1": {"uri": "https://c.example", "kind": "freeBusy"}}
    assert [entry["kind"] for entry in card["personalInfo"].values()] == ["interest", "expertise"]
    assert card["preferredLanguages"] == {"p1": {"language": "pt-BR"}}
    assert card["speakToAs"] == {"grammaticalGender": "feminine"}
    assert list(residue) == ["genders"]


def test_a_picture_takes_the_place_of_its_link() -> None:
    url = "https://lh3.googleusercontent.com/a/photo.jpg"
    record = READER.read(
        json.dumps({"resourceName": "people/c1", "photos": [{"url": url}]}).encode(), HERE
    )
    assert record.photo == url
    (upsert,) = record.changes
    assert isinstance(upsert, Upsert)
    card = json.loads(google.pictured(upsert, b"\x89PNG", "image/png").card.json)
    assert card["media"] == {
        "m1": {"kind": "photo", "uri": "data:image/png;base64,iVBORw==", "mediaType": "image/png"}
    }
    assert google.pictured(upsert, b"x" * 250_000, "image/png") == upsert


def test_a_default_picture_is_none() -> None:
    card, _ = read(photos=[{"url": "https://lh3.googleusercontent.com/a", "default": True}])
    assert card == {}
