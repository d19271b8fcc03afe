"""A mailbox of 25 contacts in several folders, read four at a time."""

from collections.abc import Iterator

import pytest

from contact_emulators.microsoft import Microsoft as Graph
from contact_service.integrations import microsoft
from contact_service.integrations.microsoft import Microsoft
from contact_service.integrations.outward import Outward
from emulating import schemas
from pulled import Rig, pulling


@pytest.fixture
def graph() -> Graph:
    made = Graph(schemas())
    made.fill(25, seed=7)
    return made


@pytest.fixture
def rig(graph: Graph, way: Outward, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(microsoft, "PAGE", 4)
    with pulling(Microsoft(), graph, way, "/v1.0") as made:
        yield made
