"""Growth: the same 100 owners in a database of 100 owners and in one of 100,000, both running, asked in turn.

The figure is CPU of service and database a request: what grows with others' rows would show in either.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

import msgspec

from contact_service.cli.bench import owners, reads, rounds, rows, stage
from contact_service.cli.bench.owners import Loaded
from contact_service.cli.bench.peers import Generator
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import Stage

_UNIT = "us of service + database CPU"


def _aim(name: str, title: str) -> Aim:
    return Aim(f"growth-{name}", f"{title}: growth with the crowd", _UNIT, 1.3, 1.1, more=False)


_KINDS: tuple[tuple[Aim, Callable[[Stage, list[Loaded]], list[bytes]]], ...] = (
    (_aim("contact", "one contact"), reads.contacts),
    (_aim("list", "list of 200"), reads.lists),
    (_aim("delta", "empty delta"), reads.deltas),
)


class Crowd(msgspec.Struct, frozen=True):
    """A service whose database holds many more owners than those who are asked for."""

    at: Stage
    loaded: list[Loaded]
    prepared_s: float
    owners: int


@contextlib.contextmanager
def crowded(scale: Scale) -> Iterator[Crowd]:
    """A fresh service with the measured owners and the crowd."""
    with stage.opened() as at:
        started = time.perf_counter()
        loaded = owners.load(at, scale.owners, scale.cards, "bench-")
        owners.load(at, scale.crowd, scale.crowd_cards, "crowd-")
        yield Crowd(at, loaded, time.perf_counter() - started, scale.crowd + scale.owners)


def measure(at: Stage, few: list[Loaded], load: Generator, scale: Scale) -> list[Row]:
    """The rows of growth; `at` is the service with the `few` alone."""
    with crowded(scale) as crowd:
        beside = {
            "owners": float(crowd.owners),
            "cards": float(scale.crowd * scale.crowd_cards + scale.owners * scale.cards),
            "prepared in s": crowd.prepared_s,
        }
        return [
            rows.compared(
                aim,
                rounds.alternate(
                    reads.Ours(crowd.at, load, made(crowd.at, crowd.loaded), scale).both_us,
                    reads.Ours(at, load, made(at, few), scale).both_us,
                    scale.rounds,
                    scale.again,
                ),
                peer_first=False,
                beside=beside,
            )
            for aim, made in _KINDS
        ]
