"""The clock end to end on a real queue: what was left is done, by one worker or several, whatever is cut."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from acting import person
from contact_service.actions import cards, errands, trash
from contact_service.jobs import sweep, tasks
from contact_service.jobs import worker as workers
from contact_service.model.problem import DatabaseDown, Overloaded, OwnerErased
from contact_service.storage import outbox, queue
from contact_service.storage.outbox import Errand
from jobs.conftest import BLOB, BLOBS, QUEUED, WAITING, leaving, none_of, until, working

RAISE = {"down": DatabaseDown, "busy": Overloaded, "wrong": ZeroDivisionError}


@pytest.fixture
def errand(monkeypatch):
    """`errand("slow", story)`: a task of the test's own."""

    def named(name, story):
        monkeypatch.setattr(tasks, "ERRANDS", {**tasks.ERRANDS, name: story})

    return named


async def test_what_an_action_left_is_done_soon_after_its_commit(place):
    ann = place.actor("ann")
    made = await ann(cards.create, person("A"))
    await ann(cards.delete, made.id)
    await place.run(BLOB, "ann", b"orphan")
    async with working(place.worker()):
        await ann(trash.wipe, made.id)
        await until(place.quiet, "the errand was not done")
        await until(lambda: none_of(place, BLOBS), "the photo is still there")
    assert (
        place.house.metrics.count("contacts_jobs_total", task=errands.TIDY, outcome="done").n == 1
    )
    assert place.house.metrics.count("contacts_retention_rows_total", kind="blobs").n == 1


async def test_an_errand_of_an_undone_transaction_is_none(place):
    async def fails(ctx):
        await errands.leave(ctx, errands.TIDY)
        raise Overloaded

    with pytest.raises(Overloaded):
        await place.actor("ann")(fails)
    assert await place.value(WAITING) == 0


async def test_a_payload_rests_sealed_and_opens_for_its_errand_alone(place):
    await leaving(place, "ann", "tidy", b"some-id")
    (found,) = await outbox.waiting(place.house.db, ["tidy"], 9)
    assert b"some-id" not in sweep.entry(found).payload
    assert await place.actor("ann").read(opened, found) == b"some-id"


async def opened(ctx, found):
    return errands.payload(ctx, found)


async def test_an_errand_that_this_release_does_not_know_waits_for_one_that_does(place, errand):
    await leaving(place, "ann", "of-tomorrow")
    await leaving(place, "bea", "tidy")
    async with working(place.worker()):
        await until(lambda: one_left(place), "the known one was not moved")
    errand("of-tomorrow", nothing)
    async with working(place.worker()):
        await until(place.quiet, "the other one was not done")


async def one_left(place):
    return await place.value(WAITING) == 1 and not await place.value(QUEUED)


async def nothing(_house, _errand):
    """Done."""


async def test_several_workers_do_each_errand_once(place, errand):
    done = []

    async def note(_house, found):
        done.append(found.id)
        await asyncio.sleep(0)

    errand("note", note)
    for n in range(40):
        await leaving(place, f"owner{n % 7}", "note")
    # Swept before: of two sweeps at once, one may queue again what a fast worker has done already.
    async with queue.opened(place.dsn) as line:
        assert await sweep.sweep(place.house, line, ["note"]) == 40
    async with working(*(place.worker(stale_s=60.0) for _ in range(3))):
        await until(place.quiet, "not all were done")
    assert len(done) == len(set(done)) == 40


async def test_several_sweeps_at_once_lose_no_errand(place, errand):
    done = set()

    async def note(_house, found):
        done.add(found.id)
        await asyncio.sleep(0)

    errand("note", note)
    for n in range(40):
        await leaving(place, f"owner{n % 7}", "note")
    async with working(*(place.worker() for _ in range(3))):
        await until(place.quiet, "not all were done")
    assert len(done) == 40


async def test_a_sweep_cut_before_the_outbox_is_emptied_makes_no_second_job(place):
    await leaving(place, "ann", "tidy")
    found = await outbox.waiting(place.house.db, ["tidy"], 9)
    async with queue.opened(place.dsn) as line:
        await line.put(sweep.entry(one) for one in found)
        # Here a crash would leave it in both; the next sweep finds it queued already.
        assert await sweep.sweep(place.house, line, ["tidy"]) == 1
    assert await place.value(WAITING) == 0
    assert await place.value(QUEUED) == 1


async def test_what_was_cancelled_in_the_middle_goes_back_and_is_done_by_another(place, errand):
    begun, done, hold = asyncio.Event(), [], asyncio.Event()

    async def slow(_house, found):
        begun.set()
        await hold.wait()
        done.append(found.id)

    errand("slow", slow)
    await leaving(place, "ann", "slow")
    running = asyncio.ensure_future(place.worker().run())
    await begun.wait()
    for task in asyncio.all_tasks():
        if "_dispatch" in repr(task.get_coro()):
            task.cancel()
    hold.set()
    await until(place.quiet, "the job was lost or not done again")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(done) == 1


async def test_a_stop_lets_what_runs_end_and_takes_up_nothing_more(place, errand):
    begun, done, hold = asyncio.Event(), [], asyncio.Event()

    async def slow(_house, found):
        begun.set()
        await hold.wait()
        done.append(found.id)

    errand("slow", slow)
    await leaving(place, "ann", "slow")
    worker = place.worker()
    running = asyncio.ensure_future(worker.run())
    await begun.wait()
    worker.stop()
    await leaving(place, "ann", "slow")
    assert not running.done()
    hold.set()
    await running
    assert len(done) == 1
    assert await place.value(QUEUED) == 0
    assert await place.value(WAITING) == 1


@pytest.mark.parametrize("kind", RAISE)
async def test_a_task_that_fails_is_tried_again(place, errand, kind):
    tried = []

    async def fails_once(_house, found):
        tried.append(found.id)
        if len(tried) == 1:
            raise RAISE[kind]

    errand("frail", fails_once)
    await leaving(place, "ann", "frail")
    async with working(place.worker()):
        await until(place.quiet, "it was not tried again")
    assert len(tried) == 2


async def test_after_its_last_try_a_job_is_held_and_counted(place, errand, monkeypatch):
    monkeypatch.setattr(workers, "TRIES", 1)

    async def fails(_house, _errand):
        raise ZeroDivisionError("tel:+15550100")

    errand("broken", fails)
    await leaving(place, "ann", "broken")
    async with working(place.worker()):
        await until(lambda: one_held(place), "it is not held")
        await until(
            lambda: shown(place, "contacts_jobs_held_entries 1.0"), "the number is not shown"
        )
    told = await place.value("SELECT string_agg(traceback::text, '') FROM pgqueuer.pgqueuer_log")
    assert "GivenUp" in told
    assert "5550100" not in told


async def one_held(place):
    return await place.value("SELECT count(*) FROM pgqueuer.pgqueuer WHERE status = 'failed'") == 1


async def shown(place, line):
    return line in place.house.metrics.render().decode()


async def test_an_erased_owners_errand_is_done(place, errand):
    async def gone(_house, _errand):
        raise OwnerErased

    errand("late", gone)
    await leaving(place, "ann", "late")
    async with working(place.worker()):
        await until(place.quiet, "it is tried again and again")


async def test_a_cut_connection_is_made_anew(place):
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'contact-service-jobs' AND datname = current_database()"
    worker = place.worker()
    async with working(worker):
        for name in ("ann", "bea", "cat"):
            await worker.ready.wait()
            assert await place.value(cut) == 1
            await leaving(place, name, "tidy")
            await until(place.quiet, "no work was done after the cut")


async def test_the_job_of_a_worker_that_died_is_taken_up_by_another(place, errand):
    done = []

    async def note(_house, found):
        done.append(found.owner)

    errand("note", note)
    lost = Errand(place.actor("ann").owner, datetime.now(UTC), uuid4(), "note", None)
    async with queue.opened(place.dsn) as line:
        await line.put([sweep.entry(lost)])
    died = "UPDATE pgqueuer.pgqueuer SET status = 'picked', queue_manager_id = $1, heartbeat = now() - interval '1 min'"
    await place.run(died, UUID(int=1))
    async with working(place.worker()):
        await until(place.quiet, "nobody took it up")
    assert done == ["ann"]
