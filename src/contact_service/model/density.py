"""Density: what a scan looks like among what an account asked for. Weighed over windows of more than 500 units."""

from collections.abc import Sequence

import msgspec

from contact_service.model.budget import Budget
from contact_service.model.identifier import Identifier

WINDOW = 500
"""Units after which a window is weighed and a new one begins."""
GAP = 16
"""How far the numbers of a run may lie apart: a scan of every tenth number is one too."""
RUN = 8
"""From so many numbers on it is a run: an office or a family has fewer that anybody keeps."""


class Suspect(msgspec.Struct, frozen=True):
    """Which of the two signs a window showed."""

    few_hits: bool
    runs: bool

    def __bool__(self) -> bool:
        return self.few_hits or self.runs


def near(asked: Sequence[Identifier]) -> int:
    """How many of these are phone numbers in runs of near ones."""
    numbers = sorted({int(i[5:]) for i in asked if i.startswith("tel:+")})
    found = length = 0
    last = -GAP - 1
    for number in numbers:
        if number - last > GAP:
            found += length if length >= RUN else 0
            length = 0
        length += 1
        last = number
    return found + (length if length >= RUN else 0)


def noted(state: Budget, asked: int, hits: int, close: int) -> Budget:
    """The state with these in its window."""
    return msgspec.structs.replace(
        state, asked=state.asked + asked, hits=state.hits + hits, near=state.near + close
    )


def weighed(state: Budget, hits_percent: int, runs_percent: int) -> tuple[Budget, Suspect]:
    """What the window says once it is wide enough, and the state with a new one; before that the same state.

    Fewer than `hits_percent` hits, or at least `runs_percent` in runs, are suspect.
    """
    if state.asked <= WINDOW:
        return state, Suspect(few_hits=False, runs=False)
    suspect = Suspect(
        few_hits=state.hits * 100 < hits_percent * state.asked,
        runs=state.near * 100 >= runs_percent * state.asked,
    )
    return msgspec.structs.replace(state, asked=0, hits=0, near=0), suspect
