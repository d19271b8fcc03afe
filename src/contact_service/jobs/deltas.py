"""Once an hour: imports of the linked accounts whose turn has come, a page of them a job."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from contact_service.actions import due, provider_retention
from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.storage.queue import Again, Entry, Queue
from contact_service.storage.walk import START

HOURLY = "deltas"
ACCOUNTS = 100
"""Accounts of one job: a worker that is told to stop ends in the middle of none of them."""


class Round(msgspec.Struct, frozen=True):
    """A part of the round: accounts of the owners that follow `after`."""

    after: OwnerId


def part(after: OwnerId = START) -> Entry:
    """The job of that part. Its place is in the queue, so a round goes on where a worker stopped or died."""
    return Entry(HOURLY, msgspec.msgpack.encode(Round(after)), f"{HOURLY}:{after}")


async def turn(house: House, queue: Queue, payload: bytes, stopped: Callable[[], bool]) -> None:
    """Some accounts, and a job for those that follow."""
    now = msgspec.msgpack.decode(payload, type=Round)
    if now.after == START:
        await provider_retention.tidy(house, datetime.now(UTC))
    done = await due.page(house, now.after, ACCOUNTS, datetime.now(UTC), stopped=stopped)
    counted = house.metrics.count
    counted("contacts_accounts_due_total", outcome="begun").add(done.begun)
    counted("contacts_accounts_due_total", outcome="lapsed").add(done.lapsed)
    counted("contacts_accounts_due_total", outcome="skipped").add(done.skipped)
    if done.last == now.after:
        raise Again(0)  # stopped before the first of them
    if done.last is not None:
        await queue.put([part(done.last)])
