"""Once an hour: what the directory's keys have due. A turn that fails is not tried again: the next hour comes."""

from collections.abc import Callable
from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from contact_service.actions import rotation
from contact_service.actions.context import House
from contact_service.actions.refill import Going
from contact_service.storage.queue import Entry
from contact_service.telemetry import logs

HOURLY = "keys"
ENTRY = Entry(HOURLY, b"", HOURLY)


async def turn(house: House, log: FilteringBoundLogger, stopped: Callable[[], bool]) -> None:
    """Do what is due, and say what came of it: epochs by kind and number, never a key."""
    going = Going(lambda: not stopped(), lambda _: None)
    try:
        done = await rotation.turn(house, datetime.now(UTC), going)
    except Exception as error:  # noqa: BLE001 - a job given up would keep all later turns from the queue
        logs.error(log, "keys.failed", error)
        return
    for epoch in done.live:
        log.info("keys.live", kind=epoch.kind.value, epoch=epoch.epoch)
    for epoch in done.ended:
        log.info("keys.ended", kind=epoch.kind.value, epoch=epoch.epoch)
    if done.outgrown:
        log.warning(
            "keys.outgrown", kind="oprf", bits=done.outgrown, do="contacts keys rotate oprf"
        )
