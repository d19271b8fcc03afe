"""The sweep: errands move from the outbox to the queue. Cut anywhere, it leaves each in one of them, or in both."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter

import msgspec

from contact_service.actions.context import House
from contact_service.storage import outbox
from contact_service.storage.outbox import Errand
from contact_service.storage.queue import Entry, Queue

AT_ONCE = 200
"""Errands moved at once."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Errand)


async def sweep(house: House, queue: Queue, tasks: Sequence[str]) -> int:
    """Move the errands of these tasks; how many. Safe in several workers at once. Raises Unavailable (503)."""
    moved = 0
    while found := await outbox.waiting(house.db, tasks, AT_ONCE):
        # Kept by the queue before they leave the outbox; an errand moved twice waits once, under its id.
        await queue.put(entry(errand) for errand in found)
        for owner, of_owner in groupby(found, attrgetter("owner")):
            ids = [errand.id for errand in of_owner]
            await house.db.writing(owner, partial(outbox.moved, ids=ids))
        moved += len(found)
    return moved


def entry(errand: Errand) -> Entry:
    """The errand as a job."""
    return Entry(errand.task, _encoder.encode(errand), str(errand.id))


def errand(payload: bytes) -> Errand:
    """The errand of a job."""
    return _decoder.decode(payload)
