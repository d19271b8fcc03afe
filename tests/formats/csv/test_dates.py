"""Dates in cells are read only where they can be one day."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.csv import dates

READ: dict[str, Any] = {
    "1980-03-07": {"year": 1980, "month": 3, "day": 7},
    "1980-03-07T00:00:00Z": {"year": 1980, "month": 3, "day": 7},
    "--03-07": {"month": 3, "day": 7},
    "--0307": {"month": 3, "day": 7},
    "1604-03-07": {"month": 3, "day": 7},
    "0000-02-29": {"month": 2, "day": 29},
    "1980": {"year": 1980},
    "1980-03": {"year": 1980, "month": 3},
    "3/14/1980": {"year": 1980, "month": 3, "day": 14},
    "14/3/1980": {"year": 1980, "month": 3, "day": 14},
    "5/5/1980": {"year": 1980, "month": 5, "day": 5},
    "1604/3/14": {"month": 3, "day": 14},
    "7.3.1980": {"year": 1980, "month": 3, "day": 7},
    "1980/3/7": {"year": 1980, "month": 3, "day": 7},
    "1980年3月7日": {"year": 1980, "month": 3, "day": 7},
}
LEFT = [
    "3/7/1980",
    "3/14/80",
    "0080-03-07",
    "2/30/1980",
    "1981-02-29",
    "13/13/1980",
    "soon",
    "",
    "٣/١٤/١٩٨٠",
    "1980-00-07",
]


@pytest.mark.parametrize("text", READ, ids=READ)
def test_what_can_be_one_day_only_is_read(text: str) -> None:
    assert dates.read(text) == READ[text]


@pytest.mark.parametrize("text", LEFT, ids=map(repr, LEFT))
def test_what_could_be_two_days_or_none_is_left(text: str) -> None:
    assert dates.read(text) is None


def test_outlooks_zeros_say_that_there_is_no_date() -> None:
    assert all(map(dates.is_none, ("0/0/00", "0.0.00", "00/00/0000", "0-0-0000")))
    assert not any(map(dates.is_none, ("1/0/00", "0", "", "0/0.00")))


@given(
    st.dates(min_value=dates.calendar(1000, 1, 1)),
    st.sampled_from(["full", "month", "year", "yearless"]),
)
def test_what_is_written_is_read_back(day: Any, kind: str) -> None:
    said = {"year": day.year, "month": day.month, "day": day.day}
    if kind == "yearless" or day.year == 1604:
        del said["year"]
    elif kind in {"month", "year"}:
        del said["day"]
        if kind == "year":
            del said["month"]
    assert dates.read(dates.write(said)) == said


@pytest.mark.parametrize(
    "said",
    [None, 7, {}, {"year": True}, {"year": -1}, {"month": "3"}, {"year": 10**9}, {"day": 99}],
)
def test_what_is_no_date_is_not_written(said: Any) -> None:
    assert dates.write(said) == ""
