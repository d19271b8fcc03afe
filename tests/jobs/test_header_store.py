"""The worker reads a Header Store: when it is time, on to its end, and past what does not answer."""

import dataclasses
from pathlib import Path

from acting import make_house
from contact_emulators.header_store import HeaderStore
from contact_emulators.knobs import Fault
from contact_service.actions import staleness
from contact_service.integrations.neighbours import Neighbours
from contact_service.jobs import header_store as job
from contact_service.settings.environment import load
from contact_service.storage import queue
from emulating import serving_one
from jobs.conftest import QUEUED, Place, none_of, until, working

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"
USERS = "SELECT count(*) FROM directory_users"


def beside(url: str, place: Place) -> Place:
    house = make_house(
        place.house.db,
        load({"CONTACT_HEADER_STORE_URL": url, "CONTACT_HEADER_STORE_TOKEN": "demo"}),
    )
    return Place(
        dataclasses.replace(house, neighbours=Neighbours(house.settings.neighbours)), place.dsn
    )


async def test_a_long_store_is_read_to_its_end_in_several_jobs(place, monkeypatch) -> None:
    monkeypatch.setattr(job, "STEPS", 3)
    store = HeaderStore(CONTRACTS)
    store.page = 4
    for n in range(50):
        store.put(f"u{n}", f"mailto:u{n}@example.org.uk")
    with serving_one(store) as url:
        here = beside(url, place)
        async with queue.opened(place.dsn) as line:
            await line.put([job.ENTRY])
        async with working(here.worker(), here.worker()):

            async def read() -> bool:
                return await place.value(USERS) == 50 and await none_of(place, QUEUED)

            await until(read, "the store is not read")
        await here.house.neighbours.aclose()
    assert [one.params for one in store.seen].count(()) == 1


async def test_a_store_that_is_away_holds_no_job_and_the_next_turn_reads_it(place) -> None:
    store = HeaderStore(CONTRACTS)
    store.put("u1")
    store.knobs.set(Fault.AWAY)
    with serving_one(store) as url:
        here = beside(url, place)
        async with queue.opened(place.dsn) as line:
            await line.put([job.ENTRY])
            async with working(here.worker()):
                await until(lambda: none_of(place, QUEUED), "the job is not done")
                assert await place.value(USERS) == 0
                await line.put([job.again(b"")])
                await until(lambda: none_of(place, QUEUED), "the job is not done")
        await here.house.neighbours.aclose()
    assert await place.value(USERS) == 1
    failed = here.house.metrics.count(
        "contacts_neighbours_failed_total", neighbour="header-store", reason="status"
    )
    assert failed.n == 1


async def test_without_one_nothing_is_scheduled(place) -> None:
    async with queue.opened(place.dsn) as line:
        await line.put([job.ENTRY])
    async with working(place.worker()):
        await until(lambda: none_of(place, QUEUED), "the job is not done")
    assert (
        await place.value(
            "SELECT count(*) FROM pgqueuer.pgqueuer_schedules WHERE entrypoint = $1", job.NAME
        )
        == 0
    )
    assert staleness.notes(place.house, None) == []
