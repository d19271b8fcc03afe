"""An Import: one run of one source from its beginning to its end, and the place it has reached."""

from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.import_states import Counts, Kind, State
from contact_service.model.problem import NotFound

NEXT: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset((State.RUNNING, State.CANCELLED)),
    State.RUNNING: frozenset((State.DONE, State.FAILED, State.CANCELLED)),
    State.DONE: frozenset((State.UNDONE,)),
    State.FAILED: frozenset((State.UNDONE,)),
    State.CANCELLED: frozenset((State.UNDONE,)),
    State.UNDONE: frozenset(),
}
"""Which states may follow which."""


class Position(msgspec.Struct, frozen=True):
    """How far a run has read. `read`: changes that are behind it; `resume`: the provider's cursor, None at the
    beginning; `pages`, `empty`: pages so far, and those without a record in a row; `seen`: marks of the cursors of this
    chain; `renewed`: an expired cursor was dropped already; `cursor`: the chain began where the last run ended.
    """

    read: int = 0
    resume: bytes | None = None
    pages: int = 0
    empty: int = 0
    seen: tuple[bytes, ...] = ()
    renewed: bool = False
    cursor: bool = False


class Named(msgspec.Struct, frozen=True):
    """A reject without values: the record's number from 0, its first line from 1 (0: no lines), why."""

    index: int
    line: int
    code: str
    reason: str


class Details(msgspec.Struct, frozen=True):
    """What rests sealed of a run: what was asked; what the file is; the place; what came of it beside counts.

    `fault`: the slug of why it failed; `faults`: failures in a row that it was parked for.
    `unknown`: properties that the provider's published schema does not have; they are kept beside the cards.
    `kept`, `raw_bytes`: rejects that are kept, and how much of them; `named`: a preview's first rejects.
    """

    region: str | None = None
    charset: str | None = None
    auto_merge: bool = False
    confirm: bool = False
    size: int = 0
    digest: bytes = b""
    format: str | None = None
    read_as: str | None = None
    sample: str = ""
    version: int = 0
    position: Position = Position()
    fault: str | None = None
    faults: int = 0
    duplicates: int = 0
    edges: int = 0
    unknown: int = 0
    kept: int = 0
    raw_bytes: int = 0
    named: tuple[Named, ...] = ()


class Import(msgspec.Struct, frozen=True):
    """A run as it stands. `account` None: it reads a file; `preview`: it only tells what it would do; `rev` grows with
    each change; `held`: removals that wait for the owner's word; `waiting_until`: the provider's limit.
    """

    id: UUID
    number: int
    kind: Kind
    account: UUID | None
    preview: bool
    state: State
    phase: str
    details: Details
    rev: int
    done: int
    total: int | None
    percent: int | None
    counts: Counts
    held: int
    waiting_until: datetime | None
    made_at: datetime
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.state not in {State.QUEUED, State.RUNNING}


def id_(text: str) -> UUID:
    """The id of a run as it stands in a path. Raises NotFound (404) for a text that is none."""
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(found) != text:
        raise NotFound
    return found
