"""Our book of a Google account is the one that Google's own client library reads (imports.md, Must hold 5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_emulators.google import LIST
from contact_emulators.google import Google as People
from contact_emulators.knobs import Fault
from contact_service.integrations import google
from contact_service.integrations.connector import CursorExpired
from contact_service.integrations.google import Google
from contact_service.integrations.outward import Outward
from emulating import schemas
from pulled import TOKEN, Rig, pulling
from sdks import Ask

_EVERYBODY = {"contactGroups/myContacts"}


@pytest.fixture
def people() -> People:
    made = People(schemas())
    made.fill(60, seed=3)
    return made


@pytest.fixture
def rig(people: People, way: Outward, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(google, "PAGE", 25)
    with pulling(Google(), people, way) as made:
        yield made


class Sdk:
    """What the library has read so far; its own deltas are laid over it."""

    def __init__(self, ask: Ask, base: str) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.answer: dict[str, Any] = {}
        self._ask, self._base, self._sync = ask, base, ""

    async def read(self) -> None:
        self.answer = await self._ask("google_sdk.py", self._base, TOKEN, "25", self._sync)
        if "error" in self.answer:
            self._sync = ""
            return
        if not self._sync:
            self.people = {}
        for person in self.answer["people"]:
            self._lay(person)
        self._sync = self.answer["sync"]

    def _lay(self, person: dict[str, Any]) -> None:
        name, metadata = person["resourceName"], person.get("metadata", {})
        for old in metadata.get("previousResourceNames", ()):
            self.people.pop(old, None)
        if metadata.get("deleted"):
            self.deleted += [name] * (name in self.people)
            self.people.pop(name, None)
        else:
            self.people[name] = person

    def told(self) -> dict[str, Any]:
        """By id: name, numbers, addresses, labels, birthdays, firms."""
        return {name: self._of(person) for name, person in self.people.items()}

    def _of(self, person: dict[str, Any]) -> tuple[Any, ...]:
        return (
            person["names"][0]["displayName"],
            [one.get("canonicalForm", one["value"]) for one in person.get("phoneNumbers", ())],
            [one["value"] for one in person.get("emailAddresses", ())],
            {self._group(one) for one in person.get("memberships", ())} - {None},
            [one["date"] for one in person.get("birthdays", ())],
            [(one["name"], one["title"]) for one in person.get("organizations", ())],
        )

    def _group(self, membership: dict[str, Any]) -> str | None:
        name = membership["contactGroupMembership"]["contactGroupResourceName"]
        return None if name in _EVERYBODY else str(self.answer["groups"][name]["name"])


def ours(rig: Rig) -> dict[str, Any]:
    return {name: _told(card) for name, card in rig.book.cards.items()}


def _told(card: dict[str, Any]) -> tuple[Any, ...]:
    firms = [entry["name"] for entry in card.get("organizations", {}).values()]
    titles = [entry["name"] for entry in card.get("titles", {}).values()]
    return (
        card["name"]["full"],
        [entry["number"] for entry in card.get("phones", {}).values()],
        [entry["address"] for entry in card.get("emails", {}).values()],
        set(card.get("keywords", ())),
        [entry["date"] for entry in card.get("anniversaries", {}).values()],
        list(zip(firms, titles, strict=True)),
    )


async def test_full_delta_delete_rename_and_merge(people: People, rig: Rig, ask: Ask) -> None:
    sdk = Sdk(ask, rig.ctx.base)
    await sdk.read()
    await rig.pull()
    assert len(sdk.people) == 60
    assert ours(rig) == sdk.told()
    first, second, third, fourth, fifth, *_ = people.book.contacts.people
    people.book.edit(
        first, names=[{"displayName": "Renamed"}], birthdays=[{"date": {"month": 2, "day": 29}}]
    )
    people.book.delete(second)
    people.book.rename(third)
    people.book.merge(fourth, fifth)
    people.book.add(
        {"names": [{"displayName": "New"}], "phoneNumbers": [{"value": "+1 202 555 0100"}]}
    )
    await sdk.read()
    await rig.pull()
    assert ours(rig) == sdk.told()
    assert rig.book.deleted == sdk.deleted == [second]


@pytest.mark.parametrize(("form", "status"), [("", 400), ("410", 410)], ids=["400", "410"])
async def test_an_expired_token_is_one_in_both_eyes(
    people: People, rig: Rig, ask: Ask, form: str, status: int
) -> None:
    sdk = Sdk(ask, rig.ctx.base)
    await sdk.read()
    await rig.pull()
    people.book.delete(next(iter(people.book.contacts.people)))
    people.knobs.set(Fault.EXPIRED_CURSOR, LIST, times=2, value=form)
    await sdk.read()
    assert sdk.answer["error"] == status
    with pytest.raises(CursorExpired):
        await rig.pull()
    await sdk.read()
    await rig.pull_again()
    assert ours(rig) == sdk.told()


@pytest.mark.parametrize(
    "fault",
    [Fault.REPLAYED_ITEM, Fault.REPLAYED_PAGE, Fault.SHORT_PAGE, Fault.EMPTY_PAGE],
    ids=lambda fault: fault.value,
)
async def test_pages_that_repeat_are_short_or_empty(
    people: People, rig: Rig, ask: Ask, fault: Fault
) -> None:
    sdk = Sdk(ask, rig.ctx.base)
    people.knobs.set(fault, LIST)
    await sdk.read()
    people.knobs.set(fault, LIST)
    await rig.pull()
    assert ours(rig) == sdk.told()
