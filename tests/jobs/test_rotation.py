"""The hourly turn of the keys: by one worker of several, and never lost by a failure."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from contact_service.actions import rotation
from contact_service.jobs import rotation as hourly
from contact_service.model.epoch import Kind, State
from contact_service.storage import queue
from contact_service.vault import keyring
from jobs.conftest import QUEUED, none_of, until, working

SCHEDULED = "SELECT count(*) FROM pgqueuer.pgqueuer_schedules WHERE expression = '17 * * * *'"
LIVE = "SELECT count(*) FROM directory_epochs WHERE state = 'live'"


@pytest.fixture
def house(place):
    return dataclasses.replace(place.house, keyring=keyring.create())


async def test_a_turn_goes_on_with_what_was_begun(place, house):
    await rotation.begin(house, Kind.PEPPER, datetime.now(UTC), timedelta())
    async with queue.opened(place.dsn) as line:
        await line.put([hourly.ENTRY])
    async with working(place.worker(house), place.worker(house)):
        await until(lambda: place.value(SCHEDULED), "nothing is scheduled")
        await until(lambda: none_of(place, QUEUED), "the turn does not end")
    assert (await rotation.shown(house)).live(Kind.PEPPER).epoch == 2


async def test_a_turn_that_fails_leaves_room_for_the_next(place, house, tmp_path):
    await rotation.establish(house, datetime.now(UTC) - timedelta(days=31))
    house.keyring.source = tmp_path / "away" / "keyring.json"  # no key can be made there
    async with queue.opened(place.dsn) as line:
        await line.put([hourly.ENTRY])
    async with working(place.worker(house)):
        await until(lambda: none_of(place, QUEUED), "the turn does not end")
    assert await place.value(LIVE) == 3
    house.keyring.source = None
    async with queue.opened(place.dsn) as line:
        await line.put([hourly.ENTRY])
    async with working(place.worker(house)):
        await until(lambda: none_of(place, QUEUED), "the turn does not end")
    shown = await rotation.shown(house)
    assert [(e.epoch, e.state) for e in shown.all if e.kind is Kind.MATRIX] == [
        (1, State.RETIRING),
        (2, State.LIVE),
    ]
