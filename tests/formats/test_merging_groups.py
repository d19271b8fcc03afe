import json
from typing import Any

from contact_service.formats import merging

Line = list[Any]
LABEL, DATE, RELATED = "x-ablabel", "x-abdate", "x-abrelatednames"


def line(name: str, group: str, value: str) -> Line:
    return [name, {"group": group} if group else {}, "unknown", value]


def merge(base: list[Line], mine: list[Line], theirs: list[Line]) -> tuple[list[Line], list[Any]]:
    """The merged lines; each side also changed another member."""
    sent = [
        json.dumps({"@type": "Card", "version": "1.0", "uid": "u", "vCardProps": lines, **more})
        for lines, more in ((base, {}), (mine, {"kind": "org"}), (theirs, {"language": "de"}))
    ]
    found = merging.merge(*(each.encode() for each in sent))
    told = [(each.path, each.kept, each.dropped) for each in found.conflicts]
    return json.loads(found.json).get("vCardProps", []), told


def test_lines_are_a_multiset_in_theirs_order() -> None:
    a, b, c, d = (line("x-odd", "", value) for value in "abcd")
    assert merge([a, b, b], [d, a, b], [c, a, b, b, b]) == ([c, a, b, b, b, d], [])
    assert merge([a, b, b], [a, b], [b, b]) == ([b], [])


def test_two_new_groups_of_one_name_stay_apart() -> None:
    mine = [line(DATE, "item1", "2000"), line(LABEL, "item1", "Anniversary")]
    theirs = [line(RELATED, "item1", "Jo"), line(LABEL, "item1", "Friend")]
    found, told = merge([], mine, theirs)
    assert found == [*theirs, line(DATE, "item2", "2000"), line(LABEL, "item2", "Anniversary")]
    assert told == []


def test_a_group_numbered_anew_is_the_same_group() -> None:
    base = [line(DATE, "item1", "2000"), line(LABEL, "item1", "A")]
    mine = [line(DATE, "item4", "2000"), line(LABEL, "item4", "A")]
    theirs = [*base, line("x-odd", "", "new")]
    assert merge(base, mine, theirs) == (theirs, [])
    assert merge(base, [*mine, line("x-odd", "item4", "b")], base)[0][-1][1] == {"group": "item4"}


def test_groups_that_changed_places_keep_their_lines() -> None:
    one, other = (
        (line(DATE, "item1", "1"), line(LABEL, "item1", "A")),
        (line(DATE, "item2", "2"), line(LABEL, "item2", "B")),
    )
    swapped = [
        line(DATE, "item2", "1"),
        line(LABEL, "item2", "A"),
        line(DATE, "item1", "2"),
        line(LABEL, "item1", "B"),
    ]
    assert merge([*one, *other], swapped, [*one, *other, line("x-odd", "", "c")])[0][:4] == [
        *one,
        *other,
    ]


def test_a_group_removed_by_one_and_changed_by_the_other_stays_whole_and_is_told() -> None:
    base = [line(DATE, "item1", "2000"), line(LABEL, "item1", "A")]
    edited = [line(DATE, "item1", "2001"), line(LABEL, "item1", "A")]
    for mine, theirs in (([], edited), (edited, [])):
        assert merge(base, mine, theirs) == (edited, [("vCardProps", edited, None)])


def test_a_group_removed_by_one_and_left_by_the_other_is_gone() -> None:
    base = [line(DATE, "item1", "2000"), line(LABEL, "item1", "A")]
    assert merge(base, [], [line("x-odd", "", "c"), *base]) == ([line("x-odd", "", "c")], [])


def test_a_group_both_changed_in_part_is_one_group() -> None:
    base = [line(DATE, "item1", "1"), line(LABEL, "item1", "A"), line("x-odd", "item1", "o")]
    mine = [line(DATE, "item1", "2"), *base[1:]]
    theirs = [base[0], line(LABEL, "item1", "B"), base[2]]
    assert merge(base, mine, theirs)[0] == [theirs[1], base[2], mine[0]]


def test_an_entry_moves_with_the_lines_of_its_group() -> None:
    def card(number: str, value: str, group: str) -> bytes:
        phone = {"number": number, "vCardParams": {"group": group}}
        lines = [line("x-odd", group, value)]
        made = {"phones": {f"p{number[-1]}": phone}, "vCardProps": lines}
        return json.dumps({"@type": "Card", "version": "1.0", "uid": "u"} | made).encode()

    found = json.loads(merging.merge(None, card("+1", "a", "item1"), card("+2", "b", "item1")).json)
    assert {p["number"]: p["vCardParams"]["group"] for p in found["phones"].values()} == {
        "+2": "item1",
        "+1": "item2",
    }
    assert found["vCardProps"] == [line("x-odd", "item1", "b"), line("x-odd", "item2", "a")]
