"""Who a Google person is: names, work, dates, relations, notes, groups."""

from typing import Any

import msgspec
import pytest

from contact_service.formats import google
from googling import read


def test_a_name_with_all_its_parts() -> None:
    card, residue = read(
        names=[
            {
                "displayName": "Dr. Hanako Mei Yamada Jr.",
                "displayNameLastFirst": "Yamada, Hanako",
                "unstructuredName": "Dr. Hanako Mei Yamada Jr.",
                "honorificPrefix": "Dr.",
                "givenName": "Hanako",
                "middleName": "Mei",
                "familyName": "Yamada",
                "honorificSuffix": "Jr.",
                "phoneticGivenName": "はなこ",
                "phoneticFamilyName": "やまだ",
                "phoneticFullName": "はなこ やまだ",
                "metadata": {"primary": True},
            }
        ],
        nicknames=[{"value": "Hana"}],
    )
    assert card["name"] == {
        "full": "Dr. Hanako Mei Yamada Jr.",
        "components": [
            {"kind": "title", "value": "Dr."},
            {"kind": "given", "value": "Hanako", "phonetic": "はなこ"},
            {"kind": "given2", "value": "Mei"},
            {"kind": "surname", "value": "Yamada", "phonetic": "やまだ"},
            {"kind": "credential", "value": "Jr."},
        ],
        "phoneticScript": "Zyyy",
    }
    assert card["nicknames"] == {"n1": {"name": "Hana"}}
    assert residue == {}


@pytest.mark.parametrize(
    "names",
    [
        [{"givenName": "A", "phoneticFamilyName": "b"}],
        [{"displayName": "A", "phoneticFullName": "a"}],
        [{"displayName": "A", "unstructuredName": "B"}],
        [{"displayName": "A", "phoneticFullName": "x"}, {"displayName": "B"}],
    ],
    ids=["sound-alone", "full-sound", "unstructured", "two"],
)
def test_a_name_that_does_not_fit_is_residue_too(names: list[dict[str, str]]) -> None:
    _, residue = read(names=names)
    assert residue["names"] == names


def test_the_primary_name_counts() -> None:
    two = [{"displayName": "A"}, {"displayName": "B", "metadata": {"primary": True}}]
    card, residue = read(names=two)
    assert card["name"] == {"full": "B"}
    assert residue == {"names": two[:1]}


def test_work_is_an_organization_and_a_title() -> None:
    one = {
        "name": "Acme",
        "department": "R&D",
        "title": "Engineer",
        "type": "work",
        "current": True,
    }
    card, residue = read(organizations=[one], occupations=[{"value": "Welder"}])
    assert card["organizations"] == {
        "o1": {"name": "Acme", "units": [{"name": "R&D"}], "contexts": {"work": True}}
    }
    assert card["titles"] == {
        "t1": {"name": "Engineer", "kind": "title", "organizationId": "o1"},
        "t2": {"name": "Welder", "kind": "role"},
    }
    assert residue == {}


def test_what_an_organization_has_no_place_for_is_residue() -> None:
    past = {"name": "Acme", "current": False}
    rich = {"title": "Boss", "costCenter": "42", "startDate": {"year": 2001}}
    card, residue = read(organizations=[{"name": "Now"}, past, rich])
    assert len(card["organizations"]) == 2
    assert residue == {"organizations": [past, rich]}


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ({"year": 1990, "month": 3, "day": 7}, {"year": 1990, "month": 3, "day": 7}),
        ({"month": 3, "day": 7}, {"month": 3, "day": 7}),
        ({"year": 0, "month": 3, "day": 7}, {"month": 3, "day": 7}),
        ({"year": 1604, "month": 2, "day": 29}, {"month": 2, "day": 29}),
        ({"year": 1990}, {"year": 1990}),
        ({"year": 1990, "month": 3, "day": 0}, {"year": 1990, "month": 3}),
        ({"month": 3}, None),
        ({"year": 1990, "day": 7}, None),
        ({"month": 13, "day": 7}, None),
        ({"year": 1990, "month": 3, "day": 32}, None),
        ({"year": -1, "month": 3, "day": 7}, None),
        ({}, None),
    ],
    ids=[
        "whole", "yearless", "year-0", "year-1604", "year-alone", "month", "month-alone", "day-alone",
        "month-13", "day-32", "before", "empty",
    ],
)  # fmt: skip
def test_a_birthday_has_the_parts_that_are_known(
    date: dict[str, int], told: dict[str, int] | None
) -> None:
    card, residue = read(birthdays=[{"date": date}])
    if told is None:
        assert "anniversaries" not in card
        assert residue == {"birthdays": [{"date": date}]}
    else:
        assert card["anniversaries"] == {"a1": {"kind": "birth", "date": told}}
        assert residue == {}


def test_a_birthday_in_words_is_residue() -> None:
    card, residue = read(birthdays=[{"text": "in spring"}])
    assert card == {}
    assert residue == {"birthdays": [{"text": "in spring"}]}


def test_events_are_anniversaries_or_labelled_lines() -> None:
    day = {"month": 5, "day": 1}
    wedding = {"date": {**day, "year": 2001}, "type": "anniversary", "formattedType": "Anniversary"}
    card, residue = read(
        events=[wedding, {"date": day, "type": "Name day"}],
        userDefined=[{"key": "Shoe size", "value": "42"}],
    )
    assert card["anniversaries"] == {"a1": {"kind": "wedding", "date": {**day, "year": 2001}}}
    assert card["vCardProps"] == [
        ["x-abdate", {"group": "item1"}, "date-and-or-time", "--0501"],
        ["x-ablabel", {"group": "item1"}, "text", "Name day"],
        ["x-custom", {"group": "item2"}, "text", "42"],
        ["x-ablabel", {"group": "item2"}, "text", "Shoe size"],
    ]
    assert residue == {}


def test_relations_keep_their_exact_word() -> None:
    mother = {"person": "Eva", "type": "mother"}
    card, residue = read(
        relations=[{"person": "Bo", "type": "spouse"}, {"person": "Bo", "type": "friend"}, mother]
    )
    assert card["relatedTo"] == {
        "Bo": {"relation": {"spouse": True, "friend": True}},
        "Eva": {"relation": {"parent": True}},
    }
    assert residue == {"relations": [mother]}


def test_notes_keep_their_line_breaks() -> None:
    card, _ = read(biographies=[{"value": "one\r\ntwo\n\nthree", "contentType": "TEXT_PLAIN"}])
    assert card["notes"] == {"n1": {"note": "one\ntwo\n\nthree"}}


def _in(group: str) -> dict[str, Any]:
    return {"contactGroupMembership": {"contactGroupResourceName": f"contactGroups/{group}"}}


def test_groups_are_keywords() -> None:
    odd = [_in("blocked"), _in("unheard-of")]
    card, residue = read(memberships=[_in("1a"), _in("starred"), _in("myContacts"), *odd])
    assert card["keywords"] == {"Family trip": True, "starred": True}
    assert residue == {"memberships": odd}


@pytest.mark.parametrize(
    ("told", "keyword"),
    [
        ({"resourceName": "contactGroups/1a", "name": "Chœur "}, "Chœur"),
        ({"resourceName": "contactGroups/1a", "name": ""}, None),
        ({"resourceName": "contactGroups/myContacts", "name": "myContacts"}, ""),
        ({"resourceName": "contactGroups/starred", "name": "starred"}, "starred"),
        ({"resourceName": "contactGroups/blocked", "name": "blocked"}, None),
    ],
    ids=["own", "nameless", "everybody", "starred", "blocked"],
)
def test_a_groups_keyword(told: dict[str, str], keyword: str | None) -> None:
    system = {} if "1a" in told["resourceName"] else {"groupType": "SYSTEM_CONTACT_GROUP"}
    group = msgspec.convert({**told, **system}, google.Group)
    assert group.keyword == keyword
