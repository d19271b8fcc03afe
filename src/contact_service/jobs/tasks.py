"""What the clock does: each task calls one action. Whatever a task does twice must come to the same as once."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec

from contact_service.actions import (
    block,
    errands,
    header_feed,
    matrix_accounts,
    private_retention,
    retention,
    revoking,
    spent_retention,
    unlink,
)
from contact_service.actions.context import House
from contact_service.actions.spent_retention import Gone
from contact_service.jobs import sweep
from contact_service.model.ids import OwnerId
from contact_service.storage.outbox import Errand
from contact_service.storage.queue import Again, Entry, Queue
from contact_service.storage.retention import Counts
from contact_service.storage.walk import START

NIGHTLY = "retention"
OWNERS = 100
"""Owners of one job of the nightly walk: a worker that is told to stop ends in the middle of none of them."""
LOG_KEPT = timedelta(days=30)
"""How long the queue's log of jobs is kept."""


async def tidy(house: House, errand: Errand) -> None:
    """Let go of what the owner's rows no longer hold."""
    _count(house, await retention.tidy(house, errand.owner, datetime.now(UTC)))


ERRANDS: Mapping[str, Callable[[House, Errand], Awaitable[None]]] = MappingProxyType(
    {
        errands.TIDY: tidy,
        errands.BLOCK: block.carry,
        errands.REVOKE: revoking.carry,
        errands.UNLINK: unlink.carry,
    }
)
"""By the name that `errands.leave` was given."""


class Walk(msgspec.Struct, frozen=True):
    """A part of the nightly walk: the owners that follow `after`."""

    after: OwnerId


def walk(after: OwnerId = START) -> Entry:
    """The job of that part. Its place is in the queue, so a walk goes on where a worker stopped or died."""
    return Entry(NIGHTLY, msgspec.msgpack.encode(Walk(after)), f"{NIGHTLY}:{after}")


async def night(house: House, queue: Queue, payload: bytes, stopped: Callable[[], bool]) -> None:
    """Retention for some owners, and a job for those that follow."""
    part = msgspec.msgpack.decode(payload, type=Walk)
    now = datetime.now(UTC)
    if part.after == START:
        await queue.forget(now - LOG_KEPT)
        _count(house, await spent_retention.shared(house, now))
        removals = await header_feed.forget(house, now)
        house.metrics.count("contacts_retention_rows_total", kind="headers").add(removals)
        tokens = await matrix_accounts.let_go(house, now)
        house.metrics.count("contacts_retention_rows_total", kind="tokens").add(tokens)
        buckets = await private_retention.tidy(house, now)
        house.metrics.count("contacts_retention_rows_total", kind="buckets").add(buckets)
    done = await retention.page(house, part.after, OWNERS, now, stopped=stopped)
    _count(house, done.gone)
    if done.last == part.after:
        raise Again(0)  # stopped before the first of them
    if done.last is not None:
        await queue.put([walk(done.last)])


def of_errand(house: House, name: str) -> Callable[[bytes], Awaitable[None]]:
    """The task of that name, as the queue gives it its payload."""
    do = ERRANDS[name]

    async def run(payload: bytes) -> None:
        await do(house, sweep.errand(payload))

    return run


def _count(house: House, gone: Counts | Gone) -> None:
    for kind, n in msgspec.structs.asdict(gone).items():
        house.metrics.count("contacts_retention_rows_total", kind=kind).add(n)
