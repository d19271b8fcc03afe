"""The discovery allowance against a clock that ticks second by second and against the published table."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model import budget
from contact_service.model.budget import TICKS, Allowance, Budget

START = datetime(2026, 3, 1, 9, 30, 0, 250_000, UTC)
DAY = timedelta(days=1)
VERIFIED = Allowance(2_000)
ATTESTED = Allowance(5_000)
SMALL = Allowance(at_once=3, per_day=7, earned=11, after_per_day=2, most=9)


def table(allowance: Allowance, passed: timedelta) -> Fraction:
    """Units an account may have had after so long, as discovery.md's table says it: in days, without ticks."""
    days = Fraction(passed // timedelta(microseconds=1), 86_400_000_000)
    quick = Fraction(max(0, allowance.earned - allowance.at_once), allowance.per_day)
    return (
        allowance.at_once
        + allowance.per_day * min(days, quick)
        + allowance.after_per_day * max(days - quick, Fraction(0))
    )


def spend_all(state: Budget, now: datetime, allowance: Allowance) -> tuple[Budget, int]:
    state = budget.refilled(state, now, allowance)
    units = budget.affordable(state, 10**9)
    return budget.spent(state, units), units


@pytest.mark.parametrize(
    ("allowance", "days", "most"),
    [
        (VERIFIED, 1, 2_500),
        (VERIFIED, 30, 10_700),
        (VERIFIED, 365, 27_450),
        (ATTESTED, 1, 5_500),
        (ATTESTED, 30, 11_000),
        (ATTESTED, 365, 27_750),
    ],
)
@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(seconds=86_399.7)])
def test_a_greedy_account_has_exactly_the_published_figures(allowance, days, most, step):
    state, total, now = budget.fresh(allowance, START), 0, START
    end = START + days * DAY
    while now < end:
        state, units = spend_all(state, now, allowance)
        total += units
        now += step
    state, units = spend_all(state, end, allowance)
    assert total + units == most


@pytest.mark.parametrize(
    ("allowance", "book", "days"),
    [
        (VERIFIED, 5_000, 6),
        (VERIFIED, 7_500, 11),
        (VERIFIED, 10_000, 16),
        (ATTESTED, 5_000, 0),
        (ATTESTED, 7_500, 5),
        (ATTESTED, 10_000, 10),
    ],
)
def test_an_honest_book_is_done_by_the_day_that_is_told(allowance, book, days):
    state, units = spend_all(budget.fresh(allowance, START), START, allowance)
    at = budget.next_at(state, book - units, allowance)
    assert at - START == days * DAY


moments = st.integers(0, 40 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms))
allowances = st.builds(
    Allowance,
    at_once=st.integers(1, 50),
    per_day=st.integers(1, 90_000),
    earned=st.integers(1, 100),
    after_per_day=st.integers(1, 300),
    most=st.integers(1, 120),
)
figures = st.sampled_from([VERIFIED, ATTESTED, SMALL]) | allowances


@given(figures, st.lists(moments, max_size=12), st.none() | moments)
def test_many_small_steps_come_to_what_one_long_one_does(allowance, stops, slow):
    fresh = budget.spent(budget.fresh(allowance, START), allowance.at_once)
    if slow is not None:
        fresh = msgspec.structs.replace(fresh, slow_until=START + slow)
    state = fresh
    for stop in sorted(stops):
        state = budget.refilled(state, START + stop, allowance)
    end = START + max(stops, default=timedelta())
    assert state == budget.refilled(fresh, end, allowance)


@given(figures, st.integers(0, 3_000), st.none() | st.integers(0, 2_000_000))
def test_the_refill_is_that_of_a_clock_that_ticks_every_second(allowance, seconds, slow_ms):
    state = budget.fresh(allowance, START)
    slow_until = None if slow_ms is None else START + timedelta(milliseconds=slow_ms)
    state = msgspec.structs.replace(state, balance=0, slow_until=slow_until)
    balance, earned = 0, state.earned
    for second in range(seconds):
        slow = slow_until is not None and START + timedelta(seconds=second) < slow_until
        quick = earned < allowance.earned * TICKS
        rate = allowance.per_day if quick else allowance.after_per_day
        rate = rate // 2 if slow else rate
        more = min(rate, allowance.earned * TICKS - earned) if quick else rate
        earned += more
        balance = min(max(allowance.most, allowance.at_once) * TICKS, balance + more)
    found = budget.refilled(state, START + timedelta(seconds=seconds, milliseconds=700), allowance)
    assert (found.balance, found.earned) == (balance, earned)


steps = st.lists(
    st.tuples(
        moments, st.sampled_from(["spend", "slow", "leave", "credit"]), st.integers(0, 3_000)
    ),
    max_size=25,
)


@given(figures, steps)
def test_no_pattern_has_more_than_the_table_and_nothing_moves_backwards(allowance, pattern):
    """`leave`: the identifier goes to a new account. Credits of key epochs are counted apart."""
    state, total, credited = budget.fresh(allowance, START), 0, 0
    for wait, what, wanted in sorted(pattern, key=lambda step: step[0]):
        now, before = START + wait, state
        state = budget.refilled(state, now, allowance)
        assert state.balance >= before.balance
        assert state.earned >= before.earned
        if what == "spend":
            units = budget.affordable(state, wanted)
            state, total = budget.spent(state, units), total + units
        elif what == "slow":
            state = budget.slowed(state, now)
        elif what == "leave":
            state = budget.lower(budget.fresh(allowance, now), state)
        else:
            state, credited = budget.credited(state, wanted, allowance), credited + wanted
        assert 0 <= state.balance <= allowance.cap
        assert total <= table(allowance, wait) + credited


@given(figures, figures, moments, moments)
def test_a_better_class_has_no_more_than_its_own_row_and_grants_once(worse, better, a, b):
    better = msgspec.structs.replace(
        worse,
        at_once=max(worse.at_once, better.at_once),
        earned=max(worse.earned, worse.at_once, better.at_once),
        most=10**6,
    )
    first, later = sorted((a, b))
    state, total = spend_all(budget.fresh(worse, START), START, worse)
    state = budget.admitted(budget.refilled(state, START + first, better), better)
    assert total + Fraction(state.balance, TICKS) <= table(better, first)
    assert budget.admitted(state, better) == state
    assert budget.admitted(state, worse) == state
    again = budget.admitted(budget.admitted(state, worse), better)
    assert again == state
    state = budget.refilled(state, START + later, better)
    assert total + Fraction(state.balance, TICKS) <= table(better, later)


@given(figures, st.integers(0, 20_000), moments, st.none() | moments)
def test_the_moment_that_is_told_is_the_first_one(allowance, needed, wait, slow):
    state, _ = spend_all(budget.fresh(allowance, START), START, allowance)
    if slow is not None:
        state = msgspec.structs.replace(state, slow_until=START + slow)
    state = budget.refilled(state, START + wait, allowance)
    at = budget.next_at(state, needed, allowance)
    wanted = min(needed * TICKS, allowance.cap)
    assert budget.refilled(state, at, allowance).balance >= wanted
    if at > state.updated_at:
        earlier = at - timedelta(microseconds=1)
        assert budget.refilled(state, earlier, allowance).balance < wanted


def test_half_the_refill_for_seven_days_and_then_all_of_it():
    state, _ = spend_all(budget.fresh(VERIFIED, START), START, VERIFIED)
    slow = budget.slowed(state, START)
    assert budget.per_day(slow, START, VERIFIED) == 250
    assert budget.refilled(slow, START + 7 * DAY, VERIFIED).left == 7 * 250
    assert budget.refilled(slow, START + 9 * DAY, VERIFIED).left == 7 * 250 + 2 * 500
    assert budget.per_day(slow, START + 7 * DAY, VERIFIED) == 500


@given(st.integers(0, 10_000), moments, st.sampled_from([VERIFIED, ATTESTED]))
def test_who_is_forgotten_gains_nothing(units, more, allowance):
    """After 200 days a kept state has at least what a forgotten one has, then and at any later moment."""
    state, _ = spend_all(budget.fresh(allowance, START), START, allowance)
    gone = START + budget.kept_for(allowance)
    assert budget.kept_for(allowance) == 200 * DAY
    kept = budget.refilled(state, gone, allowance)
    new = budget.fresh(allowance, gone)
    spent = [budget.spent(s, budget.affordable(s, min(units, new.left))) for s in (kept, new)]
    kept, new = (budget.refilled(s, gone + more, allowance) for s in spent)
    assert kept.balance >= new.balance


def test_a_charge_is_covered_and_positive():
    state = budget.fresh(VERIFIED, START)
    for units in (2_001, -1):
        with pytest.raises(ValueError, match="covered"):
            budget.spent(state, units)
    assert budget.spent(state, 2_000).left == 0


def test_a_clock_that_went_back_changes_nothing():
    state, _ = spend_all(budget.fresh(VERIFIED, START), START, VERIFIED)
    assert budget.refilled(state, START - DAY, VERIFIED) == state


def test_in_every_respect_the_poorer_of_two_states_goes_on():
    rich = Budget(9, 1, 1, START, START, asked=4)
    poor = Budget(5, 7, 3, START - DAY, START + DAY, slow_until=START, asked=8)
    told = Budget(5, 7, 3, START, START + DAY, slow_until=START, asked=4)
    assert budget.lower(rich, poor) == told
    assert budget.lower(poor, rich) == msgspec.structs.replace(
        told, started_at=poor.started_at, asked=8
    )
