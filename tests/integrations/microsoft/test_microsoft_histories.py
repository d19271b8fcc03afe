"""Random histories of a mailbox, edited also between two pages, with runs killed anywhere: the book ends as the mailbox."""

import random
from typing import Any

import pytest

from contact_emulators.microsoft import Microsoft as Graph
from contact_emulators.microsoft_mailbox import DEFAULT
from contact_service.integrations import microsoft
from contact_service.integrations.microsoft import Microsoft
from contact_service.integrations.outward import Outward
from emulating import schemas
from mailboxes import told, truth
from pulled import Rig, pulling

ROUNDS = 5


class Chance:
    """What may happen to a mailbox, drawn from a seed. `removed`: contacts that somebody deleted, by id."""

    def __init__(self, graph: Graph, seed: int) -> None:
        self.random = random.Random(seed)
        self.graph = graph
        self.removed: set[str] = set()

    def happens(self) -> None:
        box, keys = self.graph.box, list(self.graph.box.contacts)
        folder = self.random.choice([DEFAULT, *box.folders])
        key = self.random.choice(keys) if keys else box.add(folder, displayName="first")
        match self.random.choice("add add edit edit move move move move remove rename".split()):
            case "add":
                box.add(folder, displayName=f"n{box.clock}")
            case "edit":
                box.edit(key, displayName=f"e{box.clock}")
            case "move":
                box.move(key, folder)
            case "remove":
                self.removed.add(key)
                box.remove(key)
            case "rename" if folder != DEFAULT and self.random.random() < 0.3:
                box.rename_folder(folder, f"F{box.clock}")

    def between_pages(self) -> Any:
        """In place of `Graph._delta`: something may happen before and after each page."""
        delta = self.graph._delta

        def page(*asked: Any) -> Any:
            if self.random.random() < 0.4:
                self.happens()
            answer = delta(*asked)
            if self.random.random() < 0.4:
                self.happens()
            return answer

        return page


async def run(rig: Rig, chance: Chance) -> None:
    """A run that is killed a few times, perhaps, and goes on."""
    while chance.random.random() < 0.4:
        await rig.pull_again(stop_after=chance.random.randint(1, 4))
    await rig.pull_again()


@pytest.mark.parametrize("seed", range(12))
async def test_the_book_ends_as_the_mailbox_and_nobody_alive_was_deleted(
    seed: int, way: Outward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microsoft, "PAGE", 4)
    graph = Graph(schemas())
    graph.fill(12, seed)
    chance = Chance(graph, seed)
    with pulling(Microsoft(), graph, way, "/v1.0") as rig:
        usual = graph._delta
        for _ in range(ROUNDS):
            monkeypatch.setattr(graph, "_delta", chance.between_pages())
            await run(rig, chance)
            monkeypatch.setattr(graph, "_delta", usual)
            assert set(rig.book.deleted) <= chance.removed
            for _ in range(chance.random.randint(0, 5)):
                chance.happens()
            if chance.random.random() < 0.2:
                graph.expire()
        await run(rig, chance)
        await rig.pull_again()
    assert told(rig) == truth(graph)
    assert set(rig.book.deleted) <= chance.removed
