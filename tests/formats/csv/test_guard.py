"""Formulas in cells: guarded on the way out, and exactly that is taken back on the way in (imports.md, Must hold 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.csv import guard

RUN = [
    "=1+1",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    "=",
    "+cmd|' /C calc'!A0",
]
HARMLESS = [
    "+49 170 1234567",
    "+1 (212) 555-0100",
    "+44/20.7946",
    "--03-07",
    "",
    "Ann",
    "'tis",
    "a=1",
    "1-2",
    "'+49 1",
]


@pytest.mark.parametrize("cell", RUN, ids=map(repr, RUN))
def test_what_a_spreadsheet_would_run_is_guarded(cell: str) -> None:
    assert guard.guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS, ids=map(repr, HARMLESS))
def test_phone_numbers_days_without_year_and_words_are_left_alone(cell: str) -> None:
    assert guard.guarded(cell) == guard.bared(cell) == cell


@given(st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠a1 (")))
def test_the_way_in_takes_off_exactly_what_the_way_out_put_on(cell: str) -> None:
    written = guard.guarded(cell)
    assert guard.bared(written) == cell
    assert written in {cell, f"'{cell}"}


@given(st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠a1 (")))
def test_nothing_that_runs_leaves_unguarded(cell: str) -> None:
    written = guard.guarded(cell)
    assert written[:1] not in set("=@\t\r\n＝＋－＠") - {"+"}
    assert written[:1] not in {"+", "-"} or not set(written) & set("='@!|abc")
