"""Rounds: ours and the peer turn by turn, A B B A, each again while the machine was busy with something else."""

import os
import statistics
from collections.abc import Callable
from typing import TypeVar

import msgspec

from contact_service.cli.bench import machine

STOLEN, FOREIGN = 0.05, 0.5
AGAIN = 3

T = TypeVar("T")


class Round(msgspec.Struct, frozen=True):
    """One pair. `noisy`: the machine was not ours alone, also after 3 repetitions."""

    ours: float
    peer: float
    noisy: bool = False


def alternate(
    ours: Callable[[], float], peer: Callable[[], float], rounds: int, again: int = AGAIN
) -> list[Round]:
    """`rounds` pairs of figures, the order turned round from one to the next."""
    found = []
    for number in range(rounds):
        if number % 2:
            second, noisy_second = quiet(peer, again)
            first, noisy_first = quiet(ours, again)
        else:
            first, noisy_first = quiet(ours, again)
            second, noisy_second = quiet(peer, again)
        found.append(Round(first, second, noisy_first or noisy_second))
    return found


def quiet(work: Callable[[], T], again: int = AGAIN) -> tuple[T, bool]:
    """The result of `work`, carried out up to `again` times more while others disturb it; and whether it is noisy."""
    done, disturbed = _watched(work)
    for _ in range(again):
        if not disturbed:
            return done, False
        done, disturbed = _watched(work)
    return done, disturbed


def median_ratio(rounds: list[Round], *, peer_first: bool) -> tuple[float, float, float]:
    """Median, least and greatest of the rounds' ratios: peer / ours when `peer_first`, else ours / peer."""
    ratios = [one.peer / one.ours if peer_first else one.ours / one.peer for one in rounds]
    return statistics.median(ratios), min(ratios), max(ratios)


def _watched(work: Callable[[], T]) -> tuple[T, bool]:
    ours, beat = _own_s(), machine.beat()
    done = work()
    after = machine.beat()
    return done, disturbed(beat, after, _own_s() - ours)


def disturbed(before: machine.Beat, after: machine.Beat, own_s: float) -> bool:
    """Whether the host took more than 5 % of the time, or programs not ours more than half a processor."""
    all_s = after.all_s - before.all_s
    if all_s <= 0:
        return False
    wall_s = all_s / (os.cpu_count() or 1)
    foreign_s = after.busy_s - before.busy_s - own_s
    return (after.stolen_s - before.stolen_s) / all_s > STOLEN or foreign_s / wall_s > FOREIGN


def _own_s() -> float:
    known = machine.stats()
    return machine.spent_s(machine.tree(os.getpid(), known), known)
