from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from contact_service.model import merge
from contact_service.model.merge import Conflict, Trio

VALUES = st.sampled_from([UNSET, None, True, 1, 0, "a", {"x": 1}])


@given(VALUES, VALUES)
def test_a_scalar_one_side_changed_is_that_sides(base: Any, changed: Any) -> None:
    conflicts: list[Conflict] = []
    for sides in ((base, changed, base), (base, base, changed), (base, changed, changed)):
        assert merge.scalar(Trio(*sides), "x", conflicts) is changed
    assert conflicts == []


def test_a_scalar_both_changed_is_mine_and_a_removal_counts() -> None:
    conflicts: list[Conflict] = []
    assert merge.scalar(Trio(1, 2, 3), "a", conflicts) == 2
    assert merge.scalar(Trio(1, UNSET, 3), "b", conflicts) is UNSET
    assert merge.scalar(Trio(1, 2, UNSET), "c", conflicts) == 2
    assert conflicts == [Conflict("a", 2, 3), Conflict("b", None, 3), Conflict("c", 2, None)]


def test_equal_in_python_is_not_equal_in_json() -> None:
    assert not merge.same({"a": True}, {"a": 1})
    assert not merge.same(UNSET, None)
    assert merge.same({"a": 1, "b": [2]}, {"b": [2], "a": 1})


def test_members_are_merged_each_for_itself_in_theirs_order() -> None:
    values = Trio({"a": 1, "b": 1, "c": 1}, {"d": 4, "a": 2, "b": 1}, {"c": 1, "b": 3, "a": 1})
    found = merge.fields(values, "p/q", [])
    assert list(found.items()) == [("b", 3), ("a", 2), ("d", 4)]


def test_paths_escape_what_parts_them() -> None:
    assert merge.inside("", "a/b~c") == "a~1b~0c"
    assert merge.inside("a", "b") == "a/b"


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        ("", "ab", "ba", "ba"),
        ("aab", "ab", "aab", "ab"),
        ("aa", "a", "", ""),
        ("a", "aa", "aaa", "aaa"),
        ("a", "", "aa", "aa"),
        ("ab", "b", "a", ""),
        ("a", "ca", "ba", "bac"),
    ],
)
def test_multisets_take_additions_and_removals(
    base: str, mine: str, theirs: str, expected: str
) -> None:
    assert "".join(merge.counted(base, mine, theirs, str)) == expected


@given(*[st.text("ab", max_size=4)] * 3)
def test_a_multiset_merged_again_stays(base: str, mine: str, theirs: str) -> None:
    found = merge.counted(base, mine, theirs, str)
    assert sorted(merge.counted(base, mine, found, str)) == sorted(found)
    assert sorted(merge.counted(base, found, theirs, str)) == sorted(found)
    assert sorted(merge.counted(base, theirs, mine, str)) == sorted(found)
