"""Key epochs of the directory: a key is made, filled, live, readable for a while after the next, and gone."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """Whose key: the blind index's pepper, the seed of the VOPRF, the pepper that Matrix clients are given."""

    PEPPER = "pepper"
    OPRF = "oprf"
    MATRIX = "matrix"


class State(StrEnum):
    """`building`: written, not read; `live`: read, and what is announced; `retiring`: read by who still holds it."""

    BUILDING = "building"
    LIVE = "live"
    RETIRING = "retiring"
    GONE = "gone"


class Epoch(msgspec.Struct, frozen=True):
    """`bits`: OPRF only, leading bits of a digest that name its bucket; `position`: users up to this id are filled in;
    `live_at`: building, not live before; `ends_at`: retiring, its rows and key go from then on (UTC).
    """

    kind: Kind
    epoch: int
    state: State
    bits: int = 0
    position: str = ""
    live_at: datetime | None = None
    ends_at: datetime | None = None


class Epochs(msgspec.Struct, frozen=True):
    """All epochs that are not gone, of all kinds."""

    all: tuple[Epoch, ...]

    def live(self, kind: Kind) -> Epoch:
        """The one that is read. There is always one."""
        return next(e for e in self.all if e.kind is kind and e.state is State.LIVE)

    def readable(self, kind: Kind) -> tuple[Epoch, ...]:
        """Live and retiring, live first."""
        found = [e for e in self.all if e.kind is kind and e.state is not State.BUILDING]
        return tuple(sorted(found, key=lambda e: (e.state is not State.LIVE, -e.epoch)))

    def written(self, kind: Kind) -> tuple[int, ...]:
        """Ids of those that every registration is written to: all that are not gone."""
        return tuple(sorted(e.epoch for e in self.all if e.kind is kind))
