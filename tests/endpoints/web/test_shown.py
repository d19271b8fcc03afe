"""What stands on a page: names without unruly characters, initials, days, and links that cannot run anything."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.actions.snapshot import Shown
from contact_service.endpoints.web import days, roster, sheet, shown
from contact_service.endpoints.web.days import Day
from contact_service.endpoints.web.sheet import Sheet

TODAY = date(2026, 11, 25)


def opened(**members: object) -> Sheet:
    return sheet.of_card(kept(**members), TODAY)


def kept(**members: object) -> Shown:
    body = msgspec.json.encode({"@type": "Card", "version": "1.0", "uid": "u", **members})
    return Shown("01a21119-423f-7015-9f3d-e524805b5517", 1, datetime(2026, 1, 1, tzinfo=UTC), body)


@given(st.text())
def test_nothing_shown_can_turn_the_text_around_it(text: str) -> None:
    plain = shown.plain(text)
    assert not set(plain) & set(
        "\u200e\u200f\u202a\u202d\u202e\u2066\u2067\u2069\u061c\n\r\x00\x7f"
    )
    assert plain == shown.plain(plain)


def test_joiners_stay_for_persian_and_emoji() -> None:
    assert shown.plain("می‌خواهم 👩‍🚀") == "می‌خواهم 👩‍🚀"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Jürgen Müller", "JM"),
        ("Siân Pryce-Jones", "SP"),
        ("María José Peña", "MP"),
        ("Zoë 🌻 (yoga)", "ZY"),
        ("Étienne", "É"),
        ("王小明", "王"),
        ("فاطمة الزهراء", "ف"),
        ("आरव शर्मा", "आ"),
        ("मीरा", "मी"),
        ("เพชร วงศ์สวัสดิ์", "เพ"),
        ("+44 7700 900461", ""),
        ("ßen ŉa", "ßŉ"),
        ("", ""),
    ],
)
def test_initials_suit_their_script(name: str, letters: str) -> None:
    assert shown.initials(name) == letters


@given(st.text(max_size=20))
def test_initials_are_short_whatever_the_name(name: str) -> None:
    letters = shown.initials(name)
    assert letters == "" or any(sign.isalpha() for sign in letters)


@pytest.mark.parametrize(
    ("day", "away", "turns"),
    [
        (Day(11, 25, 2000), 0, 26),
        (Day(11, 24, 2000), 364, 27),
        (Day(11, 26), 1, None),
        (Day(2, 29, 2004), 96, 23),
        (Day(12, 31, 2026), 36, None),
    ],
)
def test_a_birthday_comes_round(day: Day, away: int, turns: int | None) -> None:
    assert (day.away(TODAY), day.turns(TODAY)) == (away, turns)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"date": 1},
        {"date": {"month": 2, "day": 30}},
        {"date": {"month": "1", "day": 1}},
        {"date": "soon"},
    ],
)
def test_a_date_that_is_none_is_left_out(wrong: dict[str, object]) -> None:
    assert days.of(wrong) is None
    assert opened(anniversaries={"a": {"kind": "birth", **wrong}}).lines == []


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", " https://example.org", "JaVaScRiPt:1"]
)
def test_a_link_that_could_run_something_is_text(uri: str) -> None:
    (line,) = opened(links={"l": {"uri": uri}}).lines
    assert line.href == ""


def test_a_number_and_an_address_can_be_followed() -> None:
    found = opened(
        phones={"p": {"number": "tel:+44 7700 900-461"}, "x": {"number": "ext. five"}},
        emails={"e": {"address": "a?b&c@example.org"}},
    )
    assert found.call == "tel:+447700900461"
    assert found.write == "mailto:a%3Fb%26c@example.org"
    assert [line.href for line in found.lines].count("") == 1


def test_an_address_of_components_is_a_street_and_a_place() -> None:
    parts = [("number", "12"), ("name", "Mill Road"), ("locality", "Leeds"), ("country", "UK")]
    components = [{"kind": kind, "value": value} for kind, value in parts]
    (line,) = opened(addresses={"a": {"components": components}}).lines
    assert line.text == ["12 Mill Road", "Leeds, UK"]


def test_a_card_without_a_name_is_listed_by_what_it_has() -> None:
    assert (
        roster.of_card(kept(phones={"p": {"number": "+44 7700 900461"}})).name == "+44 7700 900461"
    )
    bare = roster.of_card(kept())
    assert (bare.name, bare.sub, bare.letter) == ("No name", "", "#")
