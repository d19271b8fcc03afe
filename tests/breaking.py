"""Chains of pages that break, for the connectors of all providers: what breaks every one, and that the book heals."""

from collections.abc import Callable

import pytest

from contact_emulators.emulator import Emulator
from contact_emulators.knobs import Fault
from contact_service.integrations.connector import ConnectorError, ProviderChanged, Transient
from pulled import Rig

Case = tuple[Fault, str, type[ConnectorError]]
Told = Callable[[], object]

BROKEN: tuple[Case, ...] = (
    (Fault.TRUNCATED, "", Transient),
    (Fault.WRONG_SHAPE, "", ProviderChanged),
    (Fault.ENDLESS, "", ProviderChanged),
)
"""Fault, its value, and what the connector raises: no provider sends such pages."""
BROKEN_IDS = ("truncated", "shape", "endless")

in_pages = pytest.mark.parametrize(
    "fault",
    [Fault.REPLAYED_ITEM, Fault.REPLAYED_PAGE, Fault.SHORT_PAGE, Fault.EMPTY_PAGE],
    ids=lambda fault: fault.value,
)
"""What a provider may do to its pages."""


async def heals(
    rig: Rig,
    emulator: Emulator,
    spoil: Callable[[], None],
    error: type[ConnectorError],
    told: Told,
    truth: Told,
) -> str:
    """Spoil a book that was read: the next read fails with `error` and changes nothing; once all is well the book is
    what the emulator has. Returns what the error says.
    """
    await rig.pull()
    before = told()
    spoil()
    with pytest.raises(error) as raised:
        await rig.pull()
    assert (told(), rig.book.deleted) == (before, [])
    emulator.knobs.clear()
    await rig.pull_again()
    assert (told(), rig.book.deleted) == (truth(), [])
    return str(raised.value)


async def waits(rig: Rig, emulator: Emulator, operation: str, nth: int) -> None:
    """A read that is told to come back in 41 s waits for that, and goes on."""
    emulator.knobs.set(Fault.TOO_MANY, operation, nth=nth, value="41")
    await rig.pull()
    assert rig.clock.slept == [41.0]


async def spoilt_record(rig: Rig, emulator: Emulator, operation: str, nth: int, member: str) -> str:
    """A full read again, in which a member of one record has a wrong type. Returns the code of the one reject."""
    await rig.pull()
    rig.book.checkpoint = None
    emulator.knobs.set(Fault.WRONG_TYPE, operation, nth=nth, value=member)
    await rig.pull()
    (reject,) = rig.book.rejects
    return reject.code
