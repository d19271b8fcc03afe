"""Once a night: the books of all owners against what is new in the directory, a page of owners a job."""

from collections.abc import Callable

import msgspec

from contact_service.actions import rounds
from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.storage.queue import Again, Entry, Queue
from contact_service.storage.walk import START

NIGHTLY = "rematch"
OWNERS = 100
"""Owners of one job: a worker that is told to stop ends in the middle of none of them."""


class Round(msgspec.Struct, frozen=True):
    """A part of the round: the owners that follow `after`."""

    after: OwnerId


def part(after: OwnerId = START) -> Entry:
    """The job of that part. Its place is in the queue, so a round goes on where a worker stopped or died."""
    return Entry(NIGHTLY, msgspec.msgpack.encode(Round(after)), f"{NIGHTLY}:{after}")


async def night(house: House, queue: Queue, payload: bytes, stopped: Callable[[], bool]) -> None:
    """Some owners, and a job for those that follow."""
    now = msgspec.msgpack.decode(payload, type=Round)
    done = await rounds.page(house, now.after, OWNERS, stopped=stopped)
    house.metrics.count("contacts_rematched_total", outcome="done").add(done.matched)
    house.metrics.count("contacts_rematched_total", outcome="skipped").add(done.skipped)
    if done.last == now.after:
        raise Again(0)  # stopped before the first of them
    if done.last is not None:
        await queue.put([part(done.last)])
