"""Linked accounts are read again by the clock, in parts; what is unlinked is given back to its provider by a worker."""

import pytest

from acting import Actor
from contact_service.actions import unlink
from contact_service.jobs import deltas
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.storage import queue
from contact_service.storage.queue import Again
from jobs.conftest import QUEUED, WAITING, Place, none_of, until, working
from providing import linked, world

DONE = "SELECT count(*) FROM imports WHERE state = 'done'"
AGE = "UPDATE accounts SET next_due = now() - interval '1 minute'"


@pytest.fixture
async def there(fresh_db):
    async with world(fresh_db, CONTACT_JOBS_SWEEP_MS="50") as made:
        yield made


async def connected(there, *names):
    made = []
    for name in names:
        owner = await Actor(there.house, OwnerId(name)).consents(
            Purpose.STORE, Purpose.IMPORT_GOOGLE
        )
        made.append((owner, await linked(owner, "google", options={"photos": False})))
    return made


async def test_each_account_whose_turn_has_come_is_imported_once(
    there, fresh_dsn, monkeypatch
) -> None:
    monkeypatch.setattr(deltas, "ACCOUNTS", 1)
    place = Place(there.house, fresh_dsn)
    there.google.fill(10, seed=1)
    await connected(there, "a", "b", "c")
    await place.run(AGE + " WHERE owner_id <> 'b'")
    async with queue.opened(fresh_dsn) as line:
        await line.put([deltas.part()])
    async with working(place.worker(), place.worker()):
        await until(lambda: none_of(place, QUEUED), "the round does not end")
        await until(place.quiet, "the imports do not end")
    assert await place.value(DONE) == 2
    assert await place.value("SELECT count(*) FROM accounts WHERE next_due < now()") == 0
    assert await place.value("SELECT count(*) FROM cards") == 20


async def test_a_grant_is_given_back_by_a_worker(there, fresh_dsn) -> None:
    place = Place(there.house, fresh_dsn)
    ((ann, account),) = await connected(there, "a")
    await ann(unlink.remove, account.id, keep=True)
    assert await place.value(WAITING) == 1
    async with working(place.worker()):
        await until(place.quiet, "the errand is not done")
    assert there.google.authority.grants == []


async def test_a_round_that_is_stopped_goes_on_where_it_was(there, fresh_dsn) -> None:
    place = Place(there.house, fresh_dsn)
    await connected(there, "a", "b")
    await place.run(AGE)
    asked = iter([False, True])
    async with queue.opened(fresh_dsn) as line:
        await deltas.turn(there.house, line, deltas.part().payload, lambda: next(asked))
        with pytest.raises(Again):
            await deltas.turn(there.house, line, deltas.part().payload, lambda: True)
    assert await place.value("SELECT dedupe_key FROM pgqueuer.pgqueuer") == "deltas:a"
