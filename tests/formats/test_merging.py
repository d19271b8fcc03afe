import json
from typing import Any

import pytest

from contact_service.formats import merging
from contact_service.formats.merging import Merged
from contact_service.model.problem import TooLarge

Card = dict[str, Any]
FRAME = {"@type": "Card", "version": "1.0", "uid": "u"}


def merge(base: Card | None, mine: Card, theirs: Card, region: str | None = None) -> Merged:
    sent = [json.dumps(FRAME | side).encode() for side in (base or {}, mine, theirs)]
    return merging.merge(None if base is None else sent[0], sent[1], sent[2], region)


def merged(base: Card | None, mine: Card, theirs: Card, region: str | None = None) -> Card:
    """The members of the result; no conflict is allowed."""
    found = merge(base, mine, theirs, region)
    assert found.conflicts == ()
    return members(found)


def members(found: Merged) -> Card:
    card = json.loads(found.json)
    return {name: value for name, value in card.items() if name not in FRAME}


def told(found: Merged) -> list[tuple[str, Any, Any]]:
    return [(each.path, each.kept, each.dropped) for each in found.conflicts]


def tel(number: str, **more: Any) -> Card:
    return {"number": number, **more}


def test_entries_are_aligned_by_value_and_keep_the_ids_that_stand() -> None:
    base = {"phones": {"home": tel("+14155550123", label="a")}}
    mine = {"phones": {"TEL-1": tel("+1 (415) 555-0123", label="a"), "TEL-2": tel("+49301234567")}}
    theirs = {"phones": {"home": tel("+14155550123", label="b")}}
    assert merged(base, mine, theirs) == {
        "phones": {
            "home": tel("+1 (415) 555-0123", label="b"),
            "TEL-2": tel("+49301234567"),
        }
    }


@pytest.mark.parametrize(
    ("member", "one", "other"),
    [
        ("emails", {"address": "Jo@Example.org"}, {"address": "jo@example.ORG"}),
        ("links", {"uri": "https://example.org/"}, {"uri": " https://example.org/"}),
        ("nicknames", {"name": "Jose\u0301"}, {"name": "José"}),
        ("onlineServices", {"service": "Chat", "user": "jo"}, {"service": "chat", "user": "jo"}),
        ("titles", {"name": "Boss"}, {"name": "Boss", "kind": "title"}),
        (
            "anniversaries",
            {"kind": "birth", "date": {"year": 1990}},
            {"kind": "birth", "date": {"year": 1991}},
        ),
        ("media", {"kind": "photo", "uri": "urn:a"}, {"kind": "photo", "uri": "urn:b"}),
        (
            "addresses",
            {"components": [{"kind": "locality", "value": "A"}, {"kind": "region", "value": "B"}]},
            {"components": [{"kind": "region", "value": "B"}, {"kind": "locality", "value": "A"}]},
        ),
    ],
)
def test_two_spellings_of_one_thing_become_one_entry(
    member: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    found = members(merge(None, {member: {"a": one}}, {member: {"b": other}}))
    assert list(found[member]) == ["b"]
    assert found[member]["b"] == other | one


def test_national_numbers_are_read_in_the_region() -> None:
    sides = ({"phones": {"a": tel("415 555 0123")}}, {"phones": {"b": tel("+14155550123")}})
    assert list(members(merge(None, *sides, "US"))["phones"]) == ["b"]
    assert list(members(merge(None, *sides))["phones"]) == ["b", "a"]


def test_a_changed_value_is_aligned_by_its_id() -> None:
    base = {"phones": {"a": tel("1")}}
    found = merge(base, {"phones": {"a": tel("2")}}, {"phones": {"a": tel("3", pref=1)}})
    assert members(found) == {"phones": {"a": tel("2", pref=1)}}
    assert told(found) == [("phones/a/number", "2", "3")]


def test_ids_that_shifted_after_a_removal_do_not_mislead() -> None:
    base = {"phones": {"TEL-1": tel("1"), "TEL-2": tel("2")}}
    theirs = {"phones": {"TEL-1": tel("1"), "TEL-2": tel("2", label="x")}}
    found = merged(base, {"phones": {"TEL-1": tel("2")}}, theirs)
    assert found == {"phones": {"TEL-2": tel("2", label="x")}}


def test_two_additions_under_one_id_are_both_kept() -> None:
    found = merged({}, {"phones": {"a": tel("2")}}, {"phones": {"a": tel("3"), "a-2": tel("4")}})
    assert found == {"phones": {"a": tel("3"), "a-2": tel("4"), "a-3": tel("2")}}
    assert list(found["phones"]) == ["a", "a-2", "a-3"]


def test_an_entry_removed_by_one_side_and_left_by_the_other_is_gone() -> None:
    both = {"notes": {"a": {"note": "x"}}}
    for sides in (
        ({"kind": "org"}, both | {"language": "de"}),
        (both | {"kind": "org"}, {"language": "de"}),
    ):
        assert merged(both, *sides) == {"kind": "org", "language": "de"}


def test_an_entry_removed_by_one_side_and_edited_by_the_other_stays_and_is_told() -> None:
    base, edited = {"phones": {"a": tel("1")}}, {"phones": {"a": tel("1", label="x")}}
    for mine, theirs in (({}, edited), (edited, {})):
        found = merge(base, mine, theirs)
        assert members(found) == edited
        assert told(found) == [("phones/a", tel("1", label="x"), None)]


def test_members_of_one_entry_are_scalars_and_mine_wins() -> None:
    base = {
        "emails": {"a": {"address": "a@b.c", "label": "x", "pref": 1, "contexts": {"work": True}}}
    }
    mine = {"emails": {"a": {"address": "a@b.c", "label": "y", "pref": 1}}}
    theirs = {
        "emails": {"a": {"address": "a@b.c", "label": "z", "pref": 2, "contexts": {"work": True}}}
    }
    found = merge(base, mine, theirs)
    assert members(found) == {"emails": {"a": {"address": "a@b.c", "label": "y", "pref": 2}}}
    assert told(found) == [("emails/a/label", "y", "z")]


@pytest.mark.parametrize("member", ["addresses", "media"])
def test_entries_whose_members_belong_together_are_one_unit(member: str) -> None:
    base = {member: {"a": {"uri": "urn:1", "mediaType": "image/png", "full": "1"}}}
    mine = {member: {"a": {"uri": "urn:2", "mediaType": "image/png", "full": "1"}}}
    theirs = {member: {"a": {"uri": "urn:1", "mediaType": "image/jpeg", "full": "1"}}}
    found = merge(base, mine, theirs)
    assert members(found) == mine
    assert told(found) == [(f"{member}/a", mine[member]["a"], theirs[member]["a"])]


def test_scalars_that_both_changed_are_mine_and_told() -> None:
    found = merge(
        {"kind": "individual"}, {"kind": "org", "x:a/b": [1]}, {"kind": "group", "x:a/b": [2]}
    )
    assert members(found) == {"kind": "org", "x:a/b": [1]}
    assert told(found) == [("kind", "org", "group"), ("x:a~1b", [1], [2])]


def test_true_is_not_one_and_null_is_not_nothing() -> None:
    assert b'"x":1' in merge({"x": True}, {"x": 1}, {"x": True, "y": 2}).json.replace(b" ", b"")
    assert merged({}, {"x": None}, {"y": 2}) == {"y": 2, "x": None}


def test_keywords_and_members_are_sets() -> None:
    base = {"keywords": {"a": True, "b": True}, "relatedTo": {"u1": {"relation": {"friend": True}}}}
    mine = {
        "keywords": {"a": True, "c": True},
        "relatedTo": {"u1": {"relation": {"friend": True}}, "u2": {}},
    }
    theirs = {"keywords": {"a": True, "b": True, "d": True}}
    assert merged(base, mine, theirs) == {
        "keywords": {"a": True, "d": True, "c": True},
        "relatedTo": {"u2": {}},
    }


def test_two_spellings_of_a_keyword_become_one() -> None:
    found = merged(None, {"keywords": {"e\u0301": True}}, {"keywords": {"é": True}})
    assert found == {"keywords": {"é": True}}


def test_uid_is_theirs_and_what_a_writer_notes_of_itself_is_no_conflict() -> None:
    base = {"updated": "2024-01-01T00:00:00Z", "prodId": "a", "uid": "old"}
    mine = {"updated": "2024-01-02T00:00:00Z", "prodId": "b", "uid": "mine"}
    theirs = {"updated": "2024-01-02T00:00:00.5Z", "prodId": "c", "uid": "theirs"}
    found = merge(base, mine, theirs)
    assert json.loads(found.json) == FRAME | {
        "updated": theirs["updated"],
        "prodId": "b",
        "uid": "theirs",
    }
    assert found.conflicts == ()


def test_a_number_beyond_any_machine_stays_as_it_was_sent() -> None:
    base, mine, theirs = (
        b'{"@type":"Card","version":"1.0","uid":"u","x":%b,"y":1,"phones":{"a":{"number":"1","n":%b}},"kind":"%b"}'
        % each
        for each in ((b"0", b"1", b"a"), (b"1e400", b"1e500", b"b"), (b"0", b"1e600", b"c"))
    )
    found = merging.merge(base, mine, theirs)
    assert b'"x":1e400,' in found.json
    assert b'"n":1e500' in found.json
    assert ("phones", '{"a":{"number":"1","n":1e500}}', '{"a":{"number":"1","n":1e600}}') in told(
        found
    )


def test_titles_and_localizations_follow_their_entries_to_the_ids_that_stand() -> None:
    def card(org: str, title: str, **more: Any) -> Card:
        return {
            "organizations": {org: {"name": "A"}},
            "titles": {title: {"name": "Boss", "organizationId": org}},
            "localizations": {"jp": {f"titles/{title}/name": "長"}},
            **more,
        }

    found = merged(
        card("o", "t"), card("ORG-1", "TITLE-1", kind="org"), card("o", "t", language="de")
    )
    assert found == card("o", "t", kind="org", language="de")


def test_localizations_and_pronouns_are_merged_one_by_one() -> None:
    base = {
        "localizations": {"de": {"name/full": "a", "kind": "x"}},
        "speakToAs": {"pronouns": {"p": {"pronouns": "they"}}},
    }
    mine = {
        "localizations": {"de": {"name/full": "b", "kind": "x"}},
        "speakToAs": {"pronouns": {"p": {"pronouns": "they"}, "q": {"pronouns": "she"}}},
    }
    theirs = {
        "localizations": {"de": {"name/full": "c"}, "fr": {"kind": "y"}},
        "speakToAs": {"grammaticalGender": "feminine"},
    }
    found = merge(base, mine, theirs)
    assert members(found) == {
        "localizations": {"de": {"name/full": "b"}, "fr": {"kind": "y"}},
        "speakToAs": {"grammaticalGender": "feminine", "pronouns": {"q": {"pronouns": "she"}}},
    }
    assert told(found) == [("localizations/de/name~1full", "b", "c")]


def test_a_result_beyond_the_limit_is_refused() -> None:
    half = {"notes": {"a": {"note": "x" * 140_000}}}, {"notes": {"b": {"note": "y" * 140_000}}}
    with pytest.raises(TooLarge):
        merge(None, *half)


def test_collections_of_another_shape_are_scalars() -> None:
    found = merge({"calendars": {"a": {"uri": "x"}}}, {"calendars": "x"}, {"calendars": {"a": 5}})
    assert members(found) == {"calendars": "x"}
    assert members(merge({}, {"links": {"a": {}}}, {"links": {"b": {}}})) == {"links": {"b": {}}}


@pytest.mark.parametrize(
    ("mine", "news"),
    [
        ({"a": tel("1"), "b": tel("2")}, False),
        ({"x": tel("2"), "y": tel("1")}, False),
        ({"a": tel("1")}, True),
        ({"a": tel("1"), "b": tel("3")}, True),
        ({"a": tel("1"), "b": tel("2", label="x")}, True),
        ({"a": tel("1"), "b": tel("2"), "c": tel("3")}, True),
    ],
)
def test_other_ids_of_the_same_entries_are_no_news(mine: dict[str, Any], news: bool) -> None:
    base, edit = (
        json.dumps(FRAME | {"phones": phones}).encode()
        for phones in ({"a": tel("1"), "b": tel("2")}, mine)
    )
    assert merging.is_news(base, edit) is news
