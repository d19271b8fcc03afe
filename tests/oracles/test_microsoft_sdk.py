"""Our book of a mailbox is the one that Microsoft's own SDK reads (imports.md, Must hold 5)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contact_emulators.knobs import Fault
from contact_emulators.microsoft import Microsoft as Graph
from contact_emulators.microsoft_mailbox import DEFAULT
from contact_service.integrations import microsoft
from contact_service.integrations.connector import CursorExpired
from contact_service.integrations.microsoft import Microsoft
from contact_service.integrations.outward import Outward
from emulating import schemas
from pulled import TOKEN, Rig, pulling
from sdks import Ask

SIZE = 7


@pytest.fixture
def graph() -> Graph:
    made = Graph(schemas())
    made.fill(60, seed=3)
    return made


@pytest.fixture
def rig(graph: Graph, way: Outward, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(microsoft, "PAGE", SIZE)
    with pulling(Microsoft(), graph, way, "/v1.0") as made:
        yield made


class Sdk:
    """What the SDK has read so far. A contact leaves a folder only if that is where it is known to be."""

    def __init__(self, ask: Ask, base: str) -> None:
        self.contacts: dict[str, list[Any]] = {}
        self.deleted: list[str] = []
        self.answer: dict[str, Any] = {}
        self._folders: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._ask, self._base = ask, base

    async def read(self) -> None:
        links = [json.dumps(self._links)] if self._links else []
        self.answer = await self._ask("microsoft_sdk.py", self._base, TOKEN, str(SIZE), *links)
        if "error" in self.answer:
            self.contacts, self._folders, self._links = {}, {}, {}
            return
        self._folders |= self.answer["folders"]
        self._links = self.answer["links"]
        self.contacts |= self.answer["contacts"]
        for folder, key in self.answer["removed"]:
            if self.contacts[key][0] == folder:
                self.deleted.append(key)
                del self.contacts[key]

    def told(self) -> dict[str, Any]:
        return {
            key: (self._keywords(folder, categories), [*rest[:5], *after])
            for key, (folder, *rest) in self.contacts.items()
            for categories, after in [(rest[5], rest[6:])]
        }

    def _keywords(self, folder: str, categories: list[str]) -> set[str]:
        return {*categories, *([self._folders[folder]] if folder in self._folders else [])}


def ours(rig: Rig) -> dict[str, Any]:
    return {
        key: (set(card.get("keywords", ())), _told(card)) for key, card in rig.book.cards.items()
    }


def _told(card: dict[str, Any]) -> list[Any]:
    parts = {one["kind"]: one["value"] for one in card["name"].get("components", ())}
    dates = [one["date"] for one in card.get("anniversaries", {}).values()]
    notes = [one["note"].replace("\n", "\r\n") for one in card.get("notes", {}).values()]
    return [
        card["name"]["full"],
        parts.get("given"),
        parts.get("surname"),
        [one["number"] for one in card.get("phones", {}).values()],
        [one["address"] for one in card.get("emails", {}).values()],
        [dates[0]["year"], dates[0]["month"], dates[0]["day"]] if dates else None,
        next((one["name"] for one in card.get("organizations", {}).values()), None),
        next(iter(notes), None),
    ]


async def test_full_delta_delete_and_move(graph: Graph, rig: Rig, ask: Ask) -> None:
    sdk = Sdk(ask, rig.ctx.base)
    await sdk.read()
    await rig.pull()
    assert len(sdk.contacts) == 60
    assert ours(rig) == sdk.told()
    family, club = graph.box.folders
    first, second, third, fourth, fifth, *_ = graph.box.contacts
    graph.box.edit(first, displayName="Renamed", birthday="1999-12-31T11:59:00Z", categories=["A"])
    graph.box.remove(second)
    graph.box.move(third, club)
    graph.box.move(third, DEFAULT)
    graph.box.move(fourth, family)
    graph.box.move(fifth, club)
    graph.box.add(family, displayName="New", mobilePhone="+1 202 555 0100")
    await sdk.read()
    await rig.pull()
    assert ours(rig) == sdk.told()
    assert rig.book.deleted == sdk.deleted == [second]


@pytest.mark.soak  # the SDK takes six seconds to be imported; make oracles runs this
@pytest.mark.parametrize(
    ("form", "status"),
    [("", 410), ("400 resyncRequired", 400), ("404 SyncStateNotFound", 404)],
    ids=["410", "400", "404"],
)
async def test_an_expired_link_is_one_in_both_eyes(
    graph: Graph, rig: Rig, ask: Ask, form: str, status: int
) -> None:
    sdk = Sdk(ask, rig.ctx.base)
    await sdk.read()
    await rig.pull()
    graph.box.remove(next(iter(graph.box.contacts)))
    graph.expire(form)
    await sdk.read()
    assert sdk.answer["error"] == status
    with pytest.raises(CursorExpired):
        await rig.pull()
    await sdk.read()
    await rig.pull_again()
    assert ours(rig) == sdk.told()


@pytest.mark.soak  # as above
@pytest.mark.parametrize(
    "fault",
    [Fault.REPLAYED_ITEM, Fault.REPLAYED_PAGE, Fault.SHORT_PAGE, Fault.EMPTY_PAGE],
    ids=lambda fault: fault.value,
)
async def test_pages_that_repeat_are_short_or_empty(
    graph: Graph, rig: Rig, ask: Ask, fault: Fault
) -> None:
    sdk = Sdk(ask, rig.ctx.base)
    graph.knobs.set(fault, "contacts.delta")
    await sdk.read()
    graph.knobs.set(fault, "contacts.delta")
    await rig.pull()
    assert ours(rig) == sdk.told()
