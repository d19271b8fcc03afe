"""The sliding window: never too many calls in any stretch of its length, and never a place that is not given."""

from hypothesis import given
from hypothesis import strategies as st

from contact_service.model import pace
from contact_service.model.pace import FRESH, SLOTS, Window

STEPS = st.lists(st.floats(0, 5), min_size=1, max_size=120)


def made(calls: int, seconds: int, steps: list[float]) -> list[float]:
    """The times at which calls were made by one who asks after each of these steps."""
    now, window, at = 1_700_000_000.0, FRESH, []
    for step in steps:
        now += step
        taken = pace.take(window, calls, seconds, now)
        if isinstance(taken, Window):
            window = taken
            at.append(now)
    return at


@given(st.integers(1, 9), st.integers(1, 60), STEPS)
def test_no_stretch_of_the_length_has_more_calls_than_may(calls, seconds, steps) -> None:
    at = made(calls, seconds, steps)
    for place in range(len(at) - calls):
        assert at[place + calls] - at[place] >= seconds


@given(st.integers(1, 9), st.integers(1, 60), STEPS)
def test_who_waits_as_told_has_a_place(calls, seconds, steps) -> None:
    now, window = 1_700_000_000.0, FRESH
    for step in steps:
        now += step
        taken = pace.take(window, calls, seconds, now)
        if not isinstance(taken, Window):
            assert 0 < taken <= seconds * (SLOTS + 1) / SLOTS + 1e-6
            now += taken + 1e-3
            taken = pace.take(window, calls, seconds, now)
        assert isinstance(taken, Window)
        window = taken


def test_all_of_a_window_may_come_at_once() -> None:
    assert len(made(300, 900, [0.0] * 400)) == 300


@given(st.floats(-1e6, 0))
def test_a_clock_that_jumps_back_gives_no_more_places(back: float) -> None:
    now = 1_700_000_000.0
    window = pace.take(FRESH, 1, 60, now)
    assert isinstance(window, Window)
    assert not isinstance(pace.take(window, 1, 60, now + back), Window)


def test_after_a_long_pause_nothing_is_counted() -> None:
    window = pace.take(FRESH, 1, 60, 1_700_000_000.0)
    assert isinstance(window, Window)
    again = pace.take(window, 1, 60, 1_800_000_000.0)
    assert isinstance(again, Window)
    assert sum(again.counts) == 1
