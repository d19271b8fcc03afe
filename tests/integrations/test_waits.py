"""How long a provider wants to be left alone, in all the forms it says so."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.integrations import waits

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "41"}, 41.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Thu, 26 Nov 2026 12:05:15 GMT"}, 315.0),
        ({"retry-after": "Thursday, 26-Nov-26 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu Nov 26 12:00:30 2026"}, 30.0),
        ({"retry-after": "Thu, 26 Nov 2026 11:00:00 GMT"}, 0.0),
        (
            {
                "retry-after": "Thu, 26 Nov 2026 15:00:30 GMT",
                "date": "Thu, 26 Nov 2026 15:00:00 GMT",
            },
            30.0,
        ),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 900)}, 900.0),
        ({"retry-after": "7", "x-rate-limit-reset": str(int(NOW.timestamp()) + 900)}, 7.0),
        ({"retry-after": "9" * 400}, 86_400.0),
        ({"x-rate-limit-reset": "9" * 400}, None),
        ({"x-rate-limit-reset": "-1"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٤٢"}, None),
        ({}, None),
    ],
    ids=range(17),
)
def test_the_answer_says_how_long(headers: dict[str, str], seconds: float | None) -> None:
    assert waits.told(headers, NOW) == seconds


@given(st.integers(0, 86_400))
def test_both_forms_of_retry_after_say_the_same(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert waits.told({"retry-after": date}, NOW) == waits.told({"retry-after": str(seconds)}, NOW)


@given(st.text(max_size=60))
def test_nothing_that_stands_there_breaks_it(text: str) -> None:
    for name in ("retry-after", "date", "x-rate-limit-reset"):
        found = waits.told({"retry-after": "x", name: text}, NOW)
        assert found is None or 0 <= found <= 86_400


@given(st.integers(1, 1000), st.floats(0, 1))
def test_a_backoff_is_between_one_second_and_a_minute(tries: int, chance: float) -> None:
    assert 1 <= waits.backoff(tries, lambda: chance) <= 60
    assert waits.backoff(tries, lambda: 1.0) == min(60, 2.0 ** min(tries, 10))
    assert waits.backoff(tries, lambda: 0.0) == 1
