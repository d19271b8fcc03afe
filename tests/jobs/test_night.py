"""The nightly walk over all owners: in parts, by one worker or several, made up for when it was missed."""

from datetime import UTC, datetime

import pytest

from contact_service.actions import retention
from contact_service.jobs import tasks
from contact_service.storage import queue
from contact_service.storage.queue import Again
from jobs.conftest import BLOB, BLOBS, QUEUED, leaving, none_of, until, working


async def test_the_nightly_walk_goes_through_all_owners_in_parts(place, monkeypatch):
    monkeypatch.setattr(tasks, "OWNERS", 2)
    for n in range(5):
        await leaving(place, f"owner{n}", "of-tomorrow")
        await place.run(BLOB, f"owner{n}", b"orphan")
    async with queue.opened(place.dsn) as line:
        await line.put([tasks.walk()])
    async with working(place.worker(), place.worker()):
        await until(lambda: none_of(place, BLOBS), "not all owners were met")
        await until(lambda: none_of(place, QUEUED), "the walk does not end")
    done = place.house.metrics.count("contacts_jobs_total", task=tasks.NIGHTLY, outcome="done")
    assert done.n == 4  # two, two, one, and none left


async def test_a_walk_that_is_stopped_goes_on_where_it_was(place):
    for name in ("ann", "bea", "cat"):
        await leaving(place, name, "of-tomorrow")
    asked = iter([False, True, True])
    async with queue.opened(place.dsn) as line:
        await tasks.night(place.house, line, tasks.walk().payload, lambda: next(asked))
        with pytest.raises(Again):
            await tasks.night(place.house, line, tasks.walk().payload, lambda: True)
    (key,) = [await place.value("SELECT dedupe_key FROM pgqueuer.pgqueuer")]
    assert key == "retention:ann"


async def test_a_missed_night_is_made_up_for_once_by_several_workers(place):
    async with working(place.worker()):
        await until(lambda: scheduled(place), "nothing is scheduled")
    await place.run("UPDATE pgqueuer.pgqueuer_schedules SET next_run = now() - interval '1 h'")
    async with working(place.worker(), place.worker()):
        await until(lambda: ran(place), "the night was not made up for")
    logged = "SELECT count(*) FROM pgqueuer.pgqueuer_log WHERE status = 'successful' AND entrypoint = 'retention'"
    assert await place.value(logged) == 1


async def scheduled(place):
    return await place.value(
        "SELECT count(*) FROM pgqueuer.pgqueuer_schedules WHERE expression = '17 3 * * *'"
    )


async def ran(place):
    return (
        await place.value(
            "SELECT count(*) FROM pgqueuer.pgqueuer_schedules WHERE last_run IS NOT NULL AND entrypoint = 'retention'"
        )
        and await place.quiet()
    )


async def test_retention_of_a_busy_owner_comes_next_time(place):
    await leaving(place, "ann", "of-tomorrow")
    await place.run(BLOB, "ann", b"orphan")
    now = datetime.now(UTC)
    async with place.house.db.write(place.actor("ann").owner) as tx:
        await tx.run("SELECT 1 FROM owners WHERE owner_id = $1 FOR UPDATE", tx.owner)
        done = await retention.page(place.house, place.actor("").owner, 9, now)
    assert (done.owners, done.skipped, done.gone.total) == (1, 1, 0)
    done = await retention.page(place.house, place.actor("").owner, 9, now)
    assert (done.skipped, done.gone.blobs) == (0, 1)
