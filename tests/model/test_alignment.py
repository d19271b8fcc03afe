import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.alignment import Row, align

Side = dict[str, tuple[str, str]]
SIDES = st.dictionaries(
    st.sampled_from("pqrst"), st.tuples(st.sampled_from("AB"), st.sampled_from("xyz")), max_size=5
)


def rows(base: Side, mine: Side, theirs: Side) -> set[tuple[str | None, str | None, str | None]]:
    found = align(base, mine, theirs, lambda _, entry: entry[0])
    return {(row.base, row.mine, row.theirs) for row in found}


@given(SIDES, SIDES, SIDES)
def test_every_entry_is_in_one_row(base: Side, mine: Side, theirs: Side) -> None:
    found = align(base, mine, theirs, lambda _, entry: entry[0])
    for side, entries in (("base", base), ("mine", mine), ("theirs", theirs)):
        keys = [getattr(row, side) for row in found if getattr(row, side) is not None]
        assert sorted(keys) == sorted(entries)


@given(SIDES, SIDES)
def test_equal_entries_are_in_a_row_together(base: Side, mine: Side) -> None:
    assert rows(base, base, base) == {(key, key, key) for key in base}
    found = rows(base, mine, mine)
    assert {row[1:] for row in found if row[1]} == {(key, key) for key in mine}


def test_the_value_goes_before_the_key() -> None:
    assert rows({"p": ("A", ""), "q": ("B", "")}, {"p": ("B", "")}, {}) == {
        ("p", None, None),
        ("q", "p", None),
    }


def test_a_new_value_under_a_key_whose_value_is_gone_is_an_edit() -> None:
    assert rows({"p": ("A", "")}, {"p": ("B", "")}, {"p": ("C", "")}) == {("p", "p", "p")}
    assert rows({"p": ("A", "")}, {"p": ("B", "")}, {"q": ("A", "")}) == {("p", "p", "q")}
    assert rows({}, {"p": ("B", "")}, {"p": ("C", "")}) == {(None, "p", None), (None, None, "p")}


def test_entries_of_one_value_are_told_apart_by_all_they_say() -> None:
    base = {"p": ("A", "x"), "q": ("A", "y")}
    assert rows(base, {"r": ("A", "y")}, {"q": ("A", "z"), "p": ("A", "x")}) == {
        ("p", None, "p"),
        ("q", "r", "q"),
    }


def test_the_work_grows_with_the_entries_and_not_their_square() -> None:
    def entries(count: int, side: str) -> Side:
        return {f"{side}{at}": ("A", f"{side}{at % 7}") for at in range(count)}

    def work(count: int) -> int:
        sides = [entries(count, side) for side in "bmt"]
        return steps(lambda: align(*sides, lambda _, entry: entry[0]))

    assert work(1_000) < 12 * work(100)


def steps(run: Callable[[], list[Row]]) -> int:
    """Lines run, calls of the tracer: a count, where a clock would be a guess."""
    counted = 0

    def trace(_: FrameType, event: str, __: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return counted
