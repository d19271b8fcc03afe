"""An edit carried over to other content."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_client import Conflict
from contact_client.replica import patching
from contact_client.replica.rebase import rebase

LEAVES = st.integers(0, 3) | st.sampled_from(["a", "b"]) | st.none()
VALUES = st.recursive(
    LEAVES, lambda inner: st.dictionaries(st.sampled_from("xyz"), inner), max_leaves=6
)
CARDS = st.dictionaries(st.sampled_from("pqr"), VALUES)


def run(before: Any, after: Any, theirs: Any) -> tuple[Any, list[Conflict]]:
    merged, conflicts = rebase(*(msgspec.json.encode(side) for side in (before, after, theirs)))
    return msgspec.json.decode(merged), list(conflicts)


def leaves(value: Any) -> list[Any]:
    return [x for v in value.values() for x in leaves(v)] if isinstance(value, dict) else [value]


@given(CARDS, CARDS)
def test_what_one_side_left_alone_is_the_others(before: Any, other: Any) -> None:
    assert run(before, before, other) == (other, [])
    assert run(before, other, before) == (other, [])
    assert run(before, other, other) == (other, [])


@given(CARDS, CARDS, CARDS)
def test_no_value_is_invented_and_none_lost_in_silence(
    before: Any, after: Any, theirs: Any
) -> None:
    merged, conflicts = run(before, after, theirs)
    told = [x for one in conflicts for x in (*leaves(one.kept), *leaves(one.dropped))]
    for leaf in leaves(merged):
        assert leaf in leaves(after) or leaf in leaves(theirs)
    for leaf in (*leaves(after), *leaves(theirs)):
        assert leaf in leaves(merged) or leaf in told or leaf in leaves(before)


@pytest.mark.parametrize(
    ("after", "theirs", "merged", "conflict"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 9}}, {"a": {"b": 9, "c": 2}}, None),
        ({"a": {"b": 8}}, {"a": {"b": 9}}, {"a": {"b": 8}}, Conflict("a/b", 8, 9)),
        ({}, {"a": {"b": 9}}, {"a": {"b": 9}}, Conflict("a", {"b": 9}, None)),
        ({"a": {"b": 8}}, {}, {"a": {"b": 8}}, Conflict("a", {"b": 8}, None)),
        ({"a": {"b": 1}, "x/y": 1}, {"a": {"b": 1}, "x/y": 2}, {"a": {"b": 1}, "x/y": 1}, Conflict("x~1y", 1, 2)),
    ],
    ids=["both sides add", "both change", "an edit wins over a removal", "mine too", "paths are escaped"],
)  # fmt: skip
def test_both_sides_are_heard(after: Any, theirs: Any, merged: Any, conflict: Any) -> None:
    assert run({"a": {"b": 1}}, after, theirs) == (merged, [conflict] if conflict else [])


@given(CARDS, CARDS)
def test_the_difference_makes_the_one_of_the_other(before: Any, after: Any) -> None:
    told = patching.difference(msgspec.json.encode(before), msgspec.json.encode(after))
    patching.apply(before, told)
    assert without_nulls(before) == without_nulls(after)


def without_nulls(value: Any) -> Any:
    """In a PatchObject null removes, so it cannot be written."""
    if not isinstance(value, dict):
        return value
    return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}


def test_a_patch_follows_its_paths() -> None:
    card: dict[str, Any] = {"phones": {"p/1": {"number": "1"}}, "notes": {}}
    patching.apply(card, {"phones/p~11/number": "2", "notes": None, "x": {"y": 1}})
    assert card == {"phones": {"p/1": {"number": "2"}}, "x": {"y": 1}}
    with pytest.raises(ValueError, match="nothing"):
        patching.apply(card, {"emails/e1/address": "a@example.org"})
