"""A Google account of 21 contacts, read four at a time."""

from collections.abc import Iterator

import pytest

from contact_emulators.google import Google as People
from contact_emulators.google_people import STARRED
from contact_service.integrations import google
from contact_service.integrations.google import Google
from contact_service.integrations.outward import Outward
from emulating import schemas
from pulled import Rig, pulling


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr(google, "PAGE", 4)
    made = People(schemas())
    made.fill(21, seed=7)
    first = next(iter(made.book.contacts.people))
    star = {"contactGroupId": "starred", "contactGroupResourceName": STARRED}
    made.book.edit(first, memberships=[{"contactGroupMembership": star}])
    return made


@pytest.fixture
def rig(people: People, way: Outward) -> Iterator[Rig]:
    with pulling(Google(), people, way) as made:
        yield made
