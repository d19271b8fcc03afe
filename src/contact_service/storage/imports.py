"""Import runs at rest: ids, times and counts; what was asked and how far it is, sealed.

A run is worked on under a lease: each write of a page names its token, so that a worker who slept through the end of
its lease writes nothing.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.model.import_states import Counts, Kind, State
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("imports")


class ImportRow(msgspec.Struct, frozen=True):
    """A run as it rests; `sealed` opens under its id and `rev`."""

    id: UUID
    number: int
    kind: Kind
    account: UUID | None
    preview: bool
    state: State
    phase: str
    sealed: bytes
    rev: int
    done: int
    total: int | None
    percent: int | None
    counts: Counts
    held: int
    waiting_until: datetime | None
    made_at: datetime
    ended_at: datetime | None
    lease_until: datetime | None


class Progress(msgspec.Struct, frozen=True):
    """How far a run is, without what is sealed."""

    state: State
    phase: str
    rev: int
    done: int
    total: int | None
    percent: int | None
    counts: Counts
    held: int
    waiting_until: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """A run that has not ended."""

    id: UUID
    account: UUID | None
    state: State
    lease_until: datetime | None


class New(msgspec.Struct, frozen=True):
    """A run to be kept."""

    id: UUID
    kind: Kind
    account: UUID | None
    preview: bool
    sealed: bytes
    total: int | None


class Lease(msgspec.Struct, frozen=True):
    """Who works on a run, and until when."""

    id: UUID
    token: UUID
    until: datetime


class Seal(msgspec.Struct, frozen=True):
    """The new seal of a row that had revision `rev`."""

    bytes: bytes
    rev: int


class Advance(msgspec.Struct, frozen=True):
    """What a page came to: the new seal, the records dealt with in it, what became of them. `rev`: the row's so far."""

    sealed: bytes
    total: int | None
    done: int
    counts: Counts
    held: int
    percent: int | None
    rev: int


async def add(tx: Tx, new: New, now: datetime) -> int:
    """Keep a run that waits for its turn; its number."""
    number: int = await tx.value(SQL["number"], tx.owner)
    await tx.run(
        SQL["add"],
        tx.owner,
        new.id,
        number,
        new.kind.value,
        new.account,
        new.preview,
        new.sealed,
        new.total,
        now,
    )
    return number


async def get(tx: Tx, id_: UUID) -> ImportRow | None:
    """That run; None when the owner has none of this id."""
    row = await tx.row(SQL["get"], tx.owner, id_)
    return _row(row) if row is not None else None


async def page(tx: Tx, before: UUID, limit: int) -> list[ImportRow]:
    """Runs older than that id, the newest first."""
    return [_row(row) for row in await tx.rows(SQL["page"], tx.owner, before, limit)]


async def standing(tx: Tx) -> list[Standing]:
    """The runs that have not ended, the oldest first."""
    rows = await tx.rows(SQL["standing"], tx.owner)
    return [
        Standing(row["import_id"], row["account_id"], State(row["state"]), row["lease_until"])
        for row in rows
    ]


async def of_account(tx: Tx, account: UUID) -> list[UUID]:
    """The runs of that account that have not ended."""
    return [row["import_id"] for row in await tx.rows(SQL["of_account"], tx.owner, account)]


async def take(tx: Tx, lease: Lease, now: datetime) -> ImportRow | None:
    """Begin or go on with a run; None when it has ended, or somebody works on it."""
    row = await tx.row(SQL["take"], tx.owner, lease.id, lease.token, now, lease.until)
    return _row(row) if row is not None else None


async def renew(tx: Tx, lease: Lease) -> bool:
    """Hold it until `lease.until`. False: it was taken away."""
    held = await tx.value(SQL["renew"], tx.owner, lease.id, lease.token, lease.until)
    return held is not None


async def holds(tx: Tx, lease: Lease) -> bool:
    """Whether the run is still worked on under this lease."""
    return bool(await tx.value(SQL["held"], tx.owner, lease.id, lease.token))


async def progress(tx: Tx, id_: UUID) -> Progress | None:
    """How far that run is; None when the owner has none of this id."""
    row = await tx.row(SQL["progress"], tx.owner, id_)
    if row is None:
        return None
    return Progress(
        state=State(row["state"]),
        phase=row["phase"],
        rev=row["rev"],
        done=row["done"],
        total=row["total"],
        percent=row["percent"],
        counts=_counts(row),
        held=row["held"],
        waiting_until=row["waiting_until"],
    )


async def advance(tx: Tx, lease: Lease, to: Advance) -> bool:
    """Note what a page came to. False: the lease was taken away or the row is another by now, and nothing of the page
    may be kept.
    """
    held = await tx.value(
        SQL["advance"],
        tx.owner,
        lease.id,
        lease.token,
        lease.until,
        to.sealed,
        to.total,
        to.done,
        *msgspec.structs.astuple(to.counts),
        to.held,
        to.percent,
        to.rev,
    )
    return held is not None


async def park(tx: Tx, lease: Lease, seal: Seal, until: datetime | None) -> bool:
    """Let it wait. False as in `advance`."""
    held = await tx.value(SQL["park"], tx.owner, lease.id, lease.token, seal.bytes, until, seal.rev)
    return held is not None


async def finish(tx: Tx, lease: Lease, seal: Seal, state: State, now: datetime) -> bool:
    """End it in that state. False as in `advance`."""
    held = await tx.value(
        SQL["finish"], tx.owner, lease.id, lease.token, seal.bytes, state.value, now, seal.rev
    )
    return held is not None


async def free(tx: Tx, lease: Lease) -> None:
    """Nobody works on it any more; the row stays as it is."""
    await tx.run(SQL["free"], tx.owner, lease.id, lease.token)


async def pause(tx: Tx, lease: Lease, until: datetime | None) -> None:
    """Say that it waits until then while it is held; None: it goes on."""
    phase = "reading" if until is None else "waiting"
    await tx.run(SQL["pause"], tx.owner, lease.id, lease.token, phase, until)


async def turn(tx: Tx, id_: UUID, sealed: bytes, state: State, now: datetime) -> None:
    """Put it into that state, whoever works on it."""
    await tx.run(SQL["turn"], tx.owner, id_, sealed, state.value, now)


async def set_phase(tx: Tx, id_: UUID, phase: str) -> None:
    """What is being done with it."""
    await tx.run(SQL["set_phase"], tx.owner, id_, phase)


async def auto_merge(tx: Tx) -> bool:
    """Whether runs of the owner may merge what is surely the same."""
    return bool(await tx.value(SQL["auto_merge"], tx.owner))


async def set_auto_merge(tx: Tx, chosen: bool) -> None:  # noqa: FBT001 - the value is all there is to say
    """Choose it."""
    await tx.run(SQL["set_auto_merge"], tx.owner, chosen)


def _row(row: Row) -> ImportRow:
    return ImportRow(
        id=row["import_id"],
        number=row["number"],
        kind=Kind(row["kind"]),
        account=row["account_id"],
        preview=row["preview"],
        state=State(row["state"]),
        phase=row["phase"],
        sealed=row["sealed"],
        rev=row["rev"],
        done=row["done"],
        total=row["total"],
        percent=row["percent"],
        counts=_counts(row),
        held=row["held"],
        waiting_until=row["waiting_until"],
        made_at=row["made_at"],
        ended_at=row["ended_at"],
        lease_until=row["lease_until"],
    )


def _counts(row: Row) -> Counts:
    return Counts(*(row[name] for name in Counts.__struct_fields__))
