"""Every minute, by one of all workers: what changed in the Header Store. A read that fails is tried the next time."""

from collections.abc import Callable
from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from contact_service.actions import header_store
from contact_service.actions.context import House
from contact_service.actions.header_store import Next
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.storage.queue import Entry, Queue
from contact_service.telemetry import logs

NAME = "header-store"
STEPS = 200
"""Steps of one job: another one goes on, so that no other work waits for a store of millions."""
ENTRY = Entry(NAME, b"", NAME)


def again(payload: bytes) -> Entry:
    """The job that goes on after the one with that payload. Another key than its: that one is not done yet."""
    n = b"2" if payload == b"1" else b"1"
    return Entry(NAME, n, f"{NAME}:{n.decode()}")


async def turn(
    house: House,
    queue: Queue,
    log: FilteringBoundLogger,
    payload: bytes,
    stopped: Callable[[], bool],
) -> None:
    """Read on where the last one ended; `payload` b"": when it is time, else at once."""
    if house.neighbours.header_store is None:
        return
    try:
        if payload == b"" and not await header_store.begin(house, datetime.now(UTC)):
            return
        reached = await header_store.read(house, STEPS, stopped)
    except NeighbourAway as error:
        house.metrics.count(
            "contacts_neighbours_failed_total", neighbour=NAME, reason=error.slug
        ).add()
        log.warning("header-store.away", slug=error.slug)
        return
    except Exception as error:  # noqa: BLE001 - a job given up would keep all later turns from the queue
        logs.error(log, "header-store.failed", error)
        return
    if reached is Next.HELD:
        log.warning("header-store.held")
    elif reached is Next.MORE:
        await queue.put([again(payload)])
