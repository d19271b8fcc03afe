"""The nightly re-match: in parts, of owners who let themselves be matched, and of whoever has not asked since."""

import pytest

from acting import person
from contact_service.actions import cards, directory, match, rounds
from contact_service.actions.directory import User
from contact_service.jobs import rounds as nightly
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.owner import State
from contact_service.storage import owners, queue
from contact_service.storage.queue import Again
from jobs.conftest import QUEUED, none_of, until, working

MATCHED = "SELECT count(*) FROM matches"


async def world(place, *names):
    """Owners who all have one number, which is registered after they wrote it down."""
    for name in names:
        ann = await place.actor(name).consents(Purpose.MATCH)
        await ann(cards.create, person("Bea", "+14155550100"))
    user = User(UserId("bea"), (Identifier("tel:+14155550100"),), discoverable=True)
    await place.actor(names[0])(directory.put, [user])


async def test_a_round_reaches_all_owners_and_ends(place, monkeypatch):
    monkeypatch.setattr(nightly, "OWNERS", 2)
    await world(place, "a", "b", "c", "d", "e")
    async with queue.opened(place.dsn) as line:
        await line.put([nightly.part()])
    async with working(place.worker(), place.worker()):
        await until(lambda: none_of(place, QUEUED), "the round does not end")
    assert await place.value(MATCHED) == 5
    done = place.house.metrics.count("contacts_rematched_total", outcome="done")
    assert done.n == 5


async def test_only_who_may_be_matched_and_has_something_due_is(place):
    await world(place, "a", "b", "c")
    await place.actor("b").consents(Purpose.STORE)
    await place.actor("c")(_restrict)
    await place.actor("d")(cards.create, person("Bea", "+14155550100"))
    rested = []

    async def rest(seconds):
        rested.append(seconds)

    done = await rounds.page(place.house, OwnerId(""), 10, rest=rest)
    assert (done.last, done.matched, done.skipped) == ("d", 2, 0)
    assert len(rested) == 2
    assert await place.actor("a").read(match.stored)
    assert (await rounds.page(place.house, OwnerId(""), 10, rest=rest)).matched == 0
    assert (await rounds.page(place.house, OwnerId("d"), 10)).last is None


async def test_a_round_that_is_stopped_goes_on_where_it_was(place):
    await world(place, "a", "b", "c")
    asked = iter([False, True])
    async with queue.opened(place.dsn) as line:
        await nightly.night(place.house, line, nightly.part().payload, lambda: next(asked))
        with pytest.raises(Again):
            await nightly.night(place.house, line, nightly.part().payload, lambda: True)
    assert await place.value("SELECT dedupe_key FROM pgqueuer.pgqueuer") == "rematch:a"


async def _restrict(ctx):
    await owners.set_state(ctx.tx, State.RESTRICTED)
