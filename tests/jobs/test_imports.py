"""Imports by the clock: begun by an errand, a few at once, taken up by another worker where one stopped or died."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from contact_service.actions import decoding, leases, paging, runs, spool, undoing, verdicts
from contact_service.jobs import imports
from contact_service.jobs import worker as workers
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.imports import State
from import_world import Importer, book
from jobs.conftest import until, working

EXPIRE = "UPDATE imports SET lease_until = now() - interval '1 s'"


@pytest.fixture
def importer(place, monkeypatch):
    """`await importer("ann")`: an owner who may import; pages are short."""
    monkeypatch.setattr(decoding, "PAGE", 4)

    async def named(name: str) -> Importer:
        made = Importer(place.house, OwnerId(name))
        await made.consents(Purpose.STORE)
        return made

    return named


def ended(who: Importer, id_: UUID):
    async def asked() -> bool:
        return (await who.run(id_)).ended

    return asked


async def test_what_was_begun_is_done_soon_after(place, importer):
    ann = await importer("ann")
    run = await ann.begin(book(20))
    async with working(place.worker()):
        await until(ended(ann, run.id), "the import was not done")
        await until(place.quiet, "the job stays")
    done = await ann.run(run.id)
    assert (done.state, done.counts.created) == (State.DONE, 20)
    assert place.house.metrics.count("contacts_imports_total", kind="file", outcome="done").n == 1
    assert place.house.metrics.count("contacts_import_pages_total", kind="file").n == 5


async def test_a_worker_does_as_many_at_once_as_it_is_set_to(place, importer, monkeypatch):
    monkeypatch.setattr(imports, "_FULL_S", 0.05)
    at_once, most = 0, 0
    keep = imports.running.run

    async def watched(*args, **more):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await keep(*args, **more)
        finally:
            at_once -= 1

    monkeypatch.setattr(imports.running, "run", watched)
    begun = []
    for n in range(3):
        who = await importer(f"o{n}")
        begun.append((who, (await who.begin(book(8))).id))
    async with working(place.worker()):
        for who, id_ in begun:
            await until(ended(who, id_), "an import was not done")
    assert most == place.house.settings.imports_at_once == 1


async def test_a_stopped_worker_leaves_the_rest_to_another(place, importer, monkeypatch):
    ann = await importer("ann")
    run = await ann.begin(book(20))
    first = place.worker()
    keep = paging.apply

    async def stopping(ctx, of, turn, stand):
        if turn.position.pages == 2:
            first.stop()
        return await keep(ctx, of, turn, stand)

    monkeypatch.setattr(paging, "apply", stopping)
    async with asyncio.timeout(20):
        await first.run()
    waiting = await ann.run(run.id)
    assert (waiting.state, waiting.done) == (State.RUNNING, 8)
    async with working(place.worker()):
        await until(ended(ann, run.id), "nobody went on with it")
    assert (await ann.run(run.id)).counts.created == 20


async def test_where_a_worker_died_another_goes_on(place, importer):
    ann = await importer("ann")
    run = await ann.begin(book(20))
    await ann(leases.take, run.id)
    async with working(place.worker()):
        await until(lambda: place.value("SELECT count(*) FROM pgqueuer.pgqueuer"), "not queued")
        await place.run(EXPIRE)
        await until(ended(ann, run.id), "nobody took it up")
    assert (await ann.run(run.id)).counts.created == 20


async def test_a_mistake_is_logged_and_no_job_is_given_up(place, importer, monkeypatch):
    monkeypatch.setattr(workers, "TRIES", 1)
    told = []
    monkeypatch.setattr(imports.logs, "error", lambda _log, event, error: told.append(event))
    ann = await importer("ann")
    run = await ann.begin(book(8))
    keep, failed = paging.apply, []

    async def once(*args):
        if not failed:
            failed.append(1)
            raise ZeroDivisionError
        return await keep(*args)

    monkeypatch.setattr(paging, "apply", once)
    monkeypatch.setattr(verdicts, "_LONGEST", timedelta(0))
    async with working(place.worker()):
        await until(ended(ann, run.id), "it was given up")
    assert told == ["import.broken"]
    assert (await ann.run(run.id)).counts.created == 8


async def test_an_undo_goes_on_by_the_clock(place, importer):
    ann = await importer("ann")
    run = await ann.begin(book(4))
    await ann.go(run.id)
    await ann(undoing.begin, run.id)
    async with working(place.worker()):
        await until(lambda: is_(ann, run.id, State.UNDONE), "it was not undone")
    assert await ann.names() == []


async def is_(who, id_, state):
    return (await who.run(id_)).state is state


async def test_a_cancelled_run_is_nothing_to_do(place, importer):
    ann = await importer("ann")
    run = await ann.begin(book(4))
    await ann(runs.cancel, run.id)
    async with working(place.worker()):
        await until(place.quiet, "its job stays")
    assert await ann.names() == []


async def test_a_preview_of_a_large_file_tells_and_keeps_nothing(place, importer):
    ann = await importer("ann")
    run = await ann.begin(book(20), preview=True)
    async with working(place.worker()):
        await until(ended(ann, run.id), "it was not done")
    done = await ann.run(run.id)
    assert (done.state, done.counts.created, done.details.format) == (State.DONE, 20, "vcard")
    assert await ann.names() == []
    with pytest.raises(spool.FileGone):
        await ann.read(spool.piece, run.id, 0)
