"""A row of results: a figure of ours, a peer's beside it where there is one, what must hold and what is the goal."""

import statistics
from collections.abc import Sequence

import msgspec

from contact_service.cli.bench import rounds
from contact_service.cli.bench.rounds import Round


class Aim(msgspec.Struct, frozen=True):
    """What a row is held to. `more`: more is better. It judges the ratio where there is one, else our own figure."""

    name: str
    title: str
    unit: str
    must: float
    goal: float
    more: bool
    has_ratio: bool = True


class Row(msgspec.Struct, frozen=True, rename="camel"):
    """One result. `ratio` is the median of the rounds', None where ours stands alone; `beside`: figures of the same run
    that explain it.
    """

    name: str
    title: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    least: float
    most: float
    must: float
    goal: float
    more: bool
    met: bool
    goal_met: bool
    noisy: bool
    rounds: list[Round]
    beside: dict[str, float] = {}
    cpu: str = ""
    python: str = ""
    postgres: str = ""
    commit: str = ""


class Figure(msgspec.Struct, frozen=True):
    """A micro figure: one thing, done many times in this process; the least of several runs, in CPU us."""

    name: str
    us: float


class Scale(msgspec.Struct, frozen=True):
    """How much is measured: the full bench, or the quick one."""

    rounds: int = 7
    seconds: float = 2.0
    uploads: int = 5
    contacts: int = 5_000
    users: int = 100_000
    owners: int = 100
    cards: int = 200
    crowd: int = 100_000
    crowd_cards: int = 10
    queries: int = 200
    entries: tuple[int, ...] = (100_000, 1_000_000)
    rotated: int = 100_000
    again: int = 3
    imported: int = 50_000
    filed: int = 10_000


FULL = Scale()
QUICK = Scale(
    rounds=3,
    seconds=0.7,
    uploads=2,
    users=10_000,
    owners=100,
    crowd=0,
    queries=20,
    again=1,
)


def compared(
    aim: Aim, found: list[Round], *, peer_first: bool, beside: dict[str, float] | None = None
) -> Row:
    """The row of ours against a peer; the ratio is peer / ours when `peer_first`."""
    median, least, most = rounds.median_ratio(found, peer_first=peer_first)
    peer = statistics.median(one.peer for one in found)
    ours = statistics.median(one.ours for one in found)
    return _row(aim, (ours, peer), (median, least, most), found, beside)


def alone(aim: Aim, found: Sequence[tuple[float, bool]], beside: dict[str, float]) -> Row:
    """The row of a figure that has no peer, from (figure, noisy) of each round."""
    figures = [figure for figure, _ in found]
    kept = [Round(figure, 0.0, noisy) for figure, noisy in found]
    spread = (statistics.median(figures), min(figures), max(figures))
    return _row(aim, (spread[0], None), spread, kept, beside)


def _row(
    aim: Aim,
    sides: tuple[float, float | None],
    spread: tuple[float, float, float],
    found: list[Round],
    beside: dict[str, float] | None,
) -> Row:
    judged, least, most = spread
    return Row(
        name=aim.name,
        title=aim.title,
        unit=aim.unit,
        ours=sides[0],
        peer=sides[1],
        ratio=judged if aim.has_ratio else None,
        least=least,
        most=most,
        must=aim.must,
        goal=aim.goal,
        more=aim.more,
        met=judged >= aim.must if aim.more else judged <= aim.must,
        goal_met=judged >= aim.goal if aim.more else judged <= aim.goal,
        noisy=any(one.noisy for one in found),
        rounds=found,
        beside=beside or {},
    )
