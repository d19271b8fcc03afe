"""Pages that tell of people who are no contacts."""

import pytest

from acting import Actor
from actions.importing.sourcing import ALL, Feed, says
from contact_service.model.consent import Purpose
from contact_service.model.imports import Counts, Edge, Kind


@pytest.fixture
async def dee(ann: Actor) -> Actor:
    return await ann.consents(*ALL)


async def test_people_who_are_no_contacts_are_handed_on(dee: Actor) -> None:
    edge = Edge("facebook", "friend", "Ann")
    feed = Feed(dee, Kind.FILE, "")
    done = await feed.delta(edge)
    assert (done.edges, done.counts) == ((edge,), Counts())
    assert await says(dee) == []


async def test_edges_beyond_the_bound_are_told(dee: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contact_service.actions.social.MOST", 2)
    await dee.consents(Purpose.IMPORT_FACEBOOK)
    many = [Edge("facebook", "friend", f"P{n}") for n in range(5)]
    done = await Feed(dee, Kind.FACEBOOK).delta(*many)
    assert [(one.code, one.reason) for one in done.rejects] == [
        ("edges-full", "3 people: an owner has 2 at most")
    ]
