"""What looks like a scan, and what an honest book looks like."""

import random
from datetime import UTC, datetime

import pytest

from contact_service.model import budget, density
from contact_service.model.budget import Allowance
from contact_service.model.identifier import Identifier

STATE = budget.fresh(Allowance(2_000), datetime(2026, 1, 1, tzinfo=UTC))


def tel(*numbers):
    return [Identifier(f"tel:+{n}") for n in numbers]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ([], 0),
        (tel(*range(14155550100, 14155550107)), 0),
        (tel(*range(14155550100, 14155550108)), 8),
        (tel(*range(14155550100, 14155550228, 16)), 8),
        (tel(*range(14155550100, 14155550236, 17)), 0),
        (tel(*range(14155550100, 14155550110), *range(14155560100, 14155560103)), 10),
        ([Identifier(f"mailto:a{n}@example.org") for n in range(20)], 0),
    ],
)
def test_a_run_is_eight_numbers_near_each_other_in_whatever_order(asked, near):
    mixed = asked * 2
    random.Random(1).shuffle(mixed)
    assert density.near(asked) == density.near(mixed) == near


def test_a_book_of_a_large_city_has_no_runs():
    rnd = random.Random(7)
    assert density.near(tel(*(rnd.randrange(14150000000, 14160000000) for _ in range(2_000)))) == 0


@pytest.mark.parametrize(
    ("asked", "hits", "near", "suspect"),
    [
        (500, 0, 500, (False, False)),
        (501, 10, 0, (True, False)),
        (501, 11, 0, (False, False)),
        (1_000, 20, 199, (False, False)),
        (1_000, 20, 200, (False, True)),
        (1_000, 0, 1_000, (True, True)),
    ],
)
def test_a_window_is_weighed_once_it_is_wide_enough(asked, hits, near, suspect):
    state, found = density.weighed(density.noted(STATE, asked, hits, near), 2, 20)
    assert (found.few_hits, found.runs) == suspect
    assert state.asked == (asked if asked <= density.WINDOW else 0)


def test_windows_add_up_and_the_settings_turn_each_sign_off():
    state = density.noted(density.noted(STATE, 300, 0, 300), 300, 1, 300)
    assert not density.weighed(state, 0, 101)[1]
    assert density.weighed(state, 2, 101)[1].few_hits
    assert density.weighed(state, 0, 20)[1].runs
