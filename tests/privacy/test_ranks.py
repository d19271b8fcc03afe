"""The statistics of the timing test, against counting all arrangements."""

import random
from itertools import combinations

import pytest

from privacy.ranks import holm, mann_whitney


def exact(one: list[float], other: list[float]) -> float:
    """The share of all arrangements of these values that lie as far from the middle, or farther."""

    def beats(mine: list[float], theirs: list[float]) -> float:
        return sum((a > b) + (a == b) / 2 for a in mine for b in theirs)

    both, n = [*one, *other], len(one)
    middle = n * len(other) / 2
    far = abs(beats(one, other) - middle)
    rows = list(combinations(range(len(both)), n))
    as_far = sum(
        abs(
            beats([both[i] for i in row], [both[i] for i in range(len(both)) if i not in row])
            - middle
        )
        >= far
        for row in rows
    )
    return as_far / len(rows)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("values", [12, 1_000_000])
def test_p_is_that_of_all_arrangements(seed: int, values: int) -> None:
    rnd = random.Random(seed)
    one = [float(rnd.randrange(values)) for _ in range(7)]
    other = [float(rnd.randrange(values)) + seed % 3 for _ in range(7)]
    assert mann_whitney(one, other) == pytest.approx(exact(one, other), abs=0.06)


def test_a_small_shift_of_many_is_seen_and_none_is_not() -> None:
    rnd = random.Random(7)
    one = [rnd.gauss(100, 10) for _ in range(10_000)]
    assert mann_whitney(one, [rnd.gauss(100, 10) for _ in range(10_000)]) > 0.01
    assert mann_whitney(one, [rnd.gauss(101, 10) for _ in range(10_000)]) < 1e-6
    assert mann_whitney(one, one) == pytest.approx(1)
    assert mann_whitney([5.0] * 9, [5.0] * 9) == 1


def test_holm_corrects_in_order_and_never_falls() -> None:
    told = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert told == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.5, "b": 0.9}) == {"a": 1.0, "b": 1.0}
