"""The breaker against a model: five failures in a row, a rest that doubles, one call that decides."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contact_service.integrations.breaker import FAILURES, FIRST_S, MOST_S, Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock, chance: float = 1.0) -> Breaker:
    breaker = Breaker(clock, lambda: chance)
    for _ in range(FAILURES):
        ticket = breaker.admit()
        assert ticket is not None
        breaker.failed(ticket)
    return breaker


def test_five_failures_in_a_row_open_it_and_four_do_not() -> None:
    breaker = Breaker(Clock(), lambda: 1.0)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed(breaker.admit() or 0)
        breaker.succeeded(breaker.admit() or 0)
    assert breaker.state is State.CLOSED
    assert opened(Clock()).admit() is None


def test_one_call_is_let_through_after_the_rest_and_it_decides() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = FIRST_S
    ticket = breaker.admit()
    assert ticket is not None
    assert breaker.admit() is None
    breaker.succeeded(ticket)
    assert breaker.state is State.CLOSED
    assert breaker.admit() is not None


def test_each_failed_trial_doubles_the_rest_up_to_a_minute() -> None:
    clock = Clock()
    breaker = opened(clock)
    rests = [FIRST_S]
    for _ in range(10):
        clock.now += rests[-1]
        ticket = breaker.admit()
        assert ticket is not None
        breaker.failed(ticket)
        assert breaker.admit() is None
        rests.append(min(2 * rests[-1], MOST_S))
        clock.now += rests[-1] - 0.001
        assert breaker.admit() is None
        clock.now -= rests[-1] - 0.001


@pytest.mark.parametrize(("chance", "rest"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_the_rest_has_jitter_of_half(chance: float, rest: float) -> None:
    clock = Clock()
    breaker = opened(clock, chance)
    clock.now = rest * FIRST_S - 0.001
    assert breaker.resting
    clock.now = rest * FIRST_S
    assert not breaker.resting
    assert breaker.admit() is not None


def test_who_goes_away_during_the_trial_leaves_it_to_the_next() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = FIRST_S
    ticket = breaker.admit()
    assert ticket is not None
    breaker.dropped(ticket)
    assert breaker.admit() is not None


def test_an_answer_from_before_the_last_turn_says_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock, lambda: 1.0)
    late = [breaker.admit() for _ in range(FAILURES + 3)]
    for ticket in late[:FAILURES]:
        breaker.failed(ticket or 0)
    breaker.succeeded(late[-1] or 0)
    assert breaker.state is State.OPEN
    clock.now = FIRST_S
    trial = breaker.admit()
    assert trial is not None
    breaker.failed(late[-2] or 0)
    assert breaker.state is State.TRYING
    breaker.succeeded(trial)
    assert breaker.state is State.CLOSED


class Calls(RuleBasedStateMachine):
    """Calls overlap in any way. At most one is under way that was let through since it opened."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(self.clock, lambda: 1.0)
        self.open_: list[int] = []
        self.trial: int | None = None
        self.row = 0
        self.since_closed: set[int] = set()

    @rule()
    def call(self) -> None:
        before = self.breaker.state
        resting = self.breaker.resting
        ticket = self.breaker.admit()
        assert (ticket is None) == resting
        if ticket is None:
            return
        self.open_.append(ticket)
        if before is not State.CLOSED:
            assert self.trial is None
            self.trial = ticket

    @precondition(lambda self: self.open_)
    @rule(place=st.integers(0, 10**6), how=st.sampled_from(["succeeded", "failed", "dropped"]))
    def end(self, place: int, how: str) -> None:
        ticket = self.open_.pop(place % len(self.open_))
        before = self.breaker.state
        getattr(self.breaker, how)(ticket)
        if before is State.TRYING and ticket == self.trial:
            self.trial = None
            closed = self.breaker.state is State.CLOSED
            assert closed == (how == "succeeded")
        elif before is not State.CLOSED:
            assert self.breaker.state is before
        elif how != "failed":
            assert self.breaker.state is State.CLOSED

    @rule(seconds=st.floats(0, 2 * MOST_S))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def a_trial_is_under_way_exactly_while_it_tries(self) -> None:
        assert (self.breaker.state is State.TRYING) == (self.trial is not None)


TestCalls = Calls.TestCase
