"""A Graph contact as a Card: each property of the published metadata has its place, and none is lost in silence."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import microsoft
from contact_service.formats.microsoft_properties import ADDRESS, TRANSFORMS
from contact_service.model.imports import NO_UID, Place, Reject, Upsert

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
here = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="no ../shared/schemas beside the checkout")


def metadata() -> dict[str, list[str]]:
    """Of each type of the published metadata its properties, inherited and navigation ones too."""
    root = ET.parse(SCHEMAS / "microsoft-graph-contacts.csdl.xml").getroot()
    types = {
        each.get("Name", ""): each
        for each in root.iter()
        if each.tag in {EDM + "EntityType", EDM + "ComplexType"}
    }
    bases = {
        name: (each.get("BaseType") or "").removeprefix("graph.") for name, each in types.items()
    }

    def of(name: str) -> list[str]:
        own = [p.get("Name", "") for p in types[name] if p.tag.endswith("Property")]
        return own + (of(bases[name]) if bases[name] else [])

    return {name: of(name) for name in types}


def openapi(name: str) -> set[str]:
    document = json.loads((SCHEMAS / "microsoft-graph-contacts.openapi.json").read_text())
    return set(document["components"]["schemas"][name]["properties"])


def card_of(**props: Any) -> dict[str, Any]:
    change = upsert_of(**props)
    found: dict[str, Any] = msgspec.json.decode(change.card.json)
    return found


def upsert_of(**props: Any) -> Upsert:
    change = microsoft.read(json.dumps({"id": "a", **props}).encode(), Place(0)).change
    assert isinstance(change, Upsert), change
    return change


@here
def test_each_property_of_a_contact_is_listed_and_no_other() -> None:
    published = metadata()["contact"]
    assert len(published) == 36 + 5 + 4, "own, inherited, navigation"
    assert set(published) == microsoft.TABLE.listed
    assert openapi("contact") <= microsoft.TABLE.listed


@here
def test_the_parts_of_addresses_have_their_places() -> None:
    found = metadata()
    assert set(found["physicalAddress"]) == set(ADDRESS)
    assert set(found["emailAddress"]) == {"address", "name"}


def test_each_place_is_said_once_and_each_reason_is_given() -> None:
    table = microsoft.TABLE
    assert len(table.listed) == len(table.mapped) + len(table.residue) + len(table.dropped)
    assert set(table.mapped.values()) == set(TRANSFORMS)
    assert all(len(reason) > 10 for reason in (*table.residue.values(), *table.dropped.values()))


def test_a_whole_contact_becomes_a_card() -> None:
    card = card_of(
        displayName="Dr. Ann B. Lee Jr.", title="Dr.", givenName="Ann", middleName="B.", surname="Lee", generation="Jr.",
        yomiGivenName="an", yomiSurname="rī", nickName="Annie", companyName="Ärzte", department="Ward 3",
        yomiCompanyName="aerute", jobTitle="Head", profession="Surgeon", mobilePhone="+1 555 0100",
        businessPhones=["+1 555 0101", ""], homePhones=["+1 555 0102"], imAddresses=["sip:ann@example.com", "annlee"],
        businessHomePage="https://example.com", spouseName="Bo", children=["Cy", "Bo"], assistantName="Di",
        personalNotes="one\r\ntwo", categories=["Red"], createdDateTime="2024-01-01T00:00:07.0000000Z",
        homeAddress={"street": "1 High St\r\nFlat 2", "city": "York", "postalCode": None},
    )  # fmt: skip
    assert card["name"] == {
        "full": "Dr. Ann B. Lee Jr.",
        "components": [
            {"kind": "title", "value": "Dr."},
            {"kind": "given", "value": "Ann", "phonetic": "an"},
            {"kind": "given2", "value": "B."},
            {"kind": "surname", "value": "Lee", "phonetic": "rī"},
            {"kind": "generation", "value": "Jr."},
        ],
        "phoneticScript": "Zyyy",
    }
    assert card["organizations"] == {
        "o1": {"name": "Ärzte", "units": [{"name": "Ward 3"}], "sortAs": "aerute"}
    }
    assert [(t["name"], t["kind"]) for t in card["titles"].values()] == [("Head", "title"), ("Surgeon", "role")]  # fmt: skip
    assert list(card["phones"].values()) == [
        {"number": "+1 555 0100", "features": {"mobile": True}},
        {"number": "+1 555 0101", "contexts": {"work": True}},
        {"number": "+1 555 0102", "contexts": {"private": True}},
    ]
    assert list(card["onlineServices"].values()) == [{"uri": "sip:ann@example.com"}, {"user": "annlee"}]  # fmt: skip
    assert card["relatedTo"] == {
        "Bo": {"relation": {"spouse": True, "child": True}},
        "Cy": {"relation": {"child": True}},
        "Di": {"relation": {"agent": True}},
    }
    assert card["notes"] == {"n1": {"note": "one\ntwo"}}
    assert card["created"] == "2024-01-01T00:00:07Z"
    assert card["addresses"]["a1"] == {
        "components": [{"kind": "name", "value": "1 High St\nFlat 2"}, {"kind": "locality", "value": "York"}],
        "contexts": {"private": True},
    }  # fmt: skip
    assert card["uid"] == NO_UID


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("1980-05-04T11:59:00Z", {"year": 1980, "month": 5, "day": 4}),
        ("1980-05-04T00:00:00.0000000Z", {"year": 1980, "month": 5, "day": 4}),
        ("1980-05-04T23:30:00-02:00", {"year": 1980, "month": 5, "day": 5}),
        ("1604-02-29T12:00:00Z", {"month": 2, "day": 29}),
        ("0001-01-01T00:00:00Z", None),
    ],
    ids=["noon", "midnight", "utc", "yearless", "none"],
)
def test_a_birthday_is_its_utc_date(told: str, date: dict[str, int] | None) -> None:
    found = card_of(birthday=told).get("anniversaries", {})
    assert [each["date"] for each in found.values()] == ([date] if date else [])


def test_a_slot_by_name_repeats_what_the_list_has() -> None:
    slots = [{"address": "a@example.com", "name": "Ann"}, {"address": "b@example.com"}]
    card = card_of(
        displayName="Ann",
        emailAddresses=slots,
        primaryEmailAddress=slots[1],
        tertiaryEmailAddress={"address": "c@example.com"},
    )
    assert list(card["emails"].values()) == [
        {"address": "a@example.com"},
        {"address": "b@example.com", "pref": 1},
        {"address": "c@example.com"},
    ]


def test_what_has_no_place_is_kept_beside_the_card() -> None:
    change = upsert_of(
        displayName="Ann", fileAs="Lee, Ann", initials="AL", officeLocation="4.2", manager="Eve", yomiSurname="rī",
        yomiCompanyName="x", novelty={"deep": [1]}, emailAddresses=[{"address": "a@example.com", "name": "At work"}],
        businessAddress={"city": "York", "planet": "Earth"},
    )  # fmt: skip
    kept = json.loads(change.residue)
    assert set(kept) == {
        "fileAs", "initials", "officeLocation", "manager", "yomiSurname", "yomiCompanyName", "novelty",
        "emailAddresses", "businessAddress",
    }  # fmt: skip
    assert (
        upsert_of(displayName="Ann", emailAddresses=[{"address": "a@b.c", "name": "Ann"}]).residue
        == b""
    )


def test_nothing_said_is_nothing_kept() -> None:
    empty = upsert_of(
        **dict.fromkeys(microsoft.TABLE.mapped), homeless=[], fileAs="", initials=None, **{"@odata.type": "#x"}
    )  # fmt: skip
    bare = {"@type": "Card", "version": "1.0", "uid": NO_UID}
    assert (msgspec.json.decode(empty.card.json), empty.residue) == (bare, b"")


@pytest.mark.parametrize(
    "wrong", [7, {"a": 1}, [7], [["x"]]], ids=["number", "object", "list", "nested"]
)
@pytest.mark.parametrize("name", sorted(microsoft.TABLE.mapped))
def test_a_value_of_another_type_is_told_by_its_property(name: str, wrong: Any) -> None:
    if wrong == {"a": 1} and name.endswith("Address"):
        return  # an address of which nothing is known
    change = microsoft.read(json.dumps({"id": "a", name: wrong}).encode(), Place(3)).change
    assert isinstance(change, Reject)
    assert (change.code, change.reason) == ("wrong-type", f"{name} cannot be read.")
    assert (change.place.index, change.source_id) == (3, "a")


@pytest.mark.parametrize(
    "raw",
    [b"", b"7", b"[]", b'{"id":"a"', b'{"id":"a","displayName":"\xff"}', b'{"id":"a","displayName":"\\u0000"}'],
    ids=["empty", "number", "list", "cut", "not-utf-8", "nul"],
)  # fmt: skip
def test_what_is_no_record_is_rejected_with_its_bytes(raw: bytes) -> None:
    change = microsoft.read(raw, Place(0)).change
    assert isinstance(change, Reject)
    assert (change.raw, bool(change.reason)) == (raw, True)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(sorted(microsoft.TABLE.listed)) | st.text(max_size=9), _values)
)
def test_any_object_is_a_card_or_a_reject(props: dict[str, Any]) -> None:
    change = microsoft.read(json.dumps(props).encode(), Place(0)).change
    assert isinstance(change, Upsert | Reject)


def test_a_photo_joins_unless_the_card_were_too_large() -> None:
    change = upsert_of(displayName="Ann")
    assert (
        b"data:image/png;base64,AAE=" in microsoft.pictured(change, b"\0\1", "image/png").card.json
    )
    assert microsoft.pictured(change, bytes(200_000), "image/png") == change
