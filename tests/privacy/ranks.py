"""Whether two samples of times are of one kind: the Mann-Whitney test, and Holm's correction for many of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def ranks(values: "np.ndarray[Any, Any]") -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """The rank of each value, from 1, equal ones sharing the mean of theirs; and how many of each there are."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place], counts


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p by the normal approximation, with ties and continuity corrected (for 8 values and more each)."""
    n, m = len(one), len(other)
    ranked, counts = ranks(np.concatenate([one, other]))
    u = float(ranked[:n].sum()) - n * (n + 1) / 2
    total = n + m
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (total * (total - 1))
    spread = math.sqrt(n * m / 12 * (total + 1 - ties))
    if not spread:
        return 1.0
    z = max(abs(u - n * m / 2) - 0.5, 0.0) / spread
    return math.erfc(z / math.sqrt(2))


def holm(found: Mapping[str, float]) -> dict[str, float]:
    """Each p corrected for all that were asked: p > 0.01 for every one holds the error of the whole at 0.01."""
    corrected: dict[str, float] = {}
    least = 0.0
    for place, name in enumerate(sorted(found, key=found.__getitem__)):
        least = max(least, min(1.0, found[name] * (len(found) - place)))
        corrected[name] = least
    return corrected
