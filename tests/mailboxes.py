"""A mailbox and our book of it side by side, for tests of the Microsoft connector."""

from typing import Any

from contact_emulators.microsoft import Microsoft as Graph
from pulled import Rig

Told = dict[str, tuple[Any, frozenset[str]]]
"""Of each contact its name and its keywords: categories and folder."""


def truth(graph: Graph) -> Told:
    return {
        key: (kept.props.get("displayName"), frozenset(_words(graph, kept.props, kept.folder)))
        for key, kept in graph.box.contacts.items()
    }


def _words(graph: Graph, props: dict[str, Any], folder: str) -> list[str]:
    named = [graph.box.folders[folder]] if folder in graph.box.folders else []
    return [*props.get("categories", ()), *named]


def told(rig: Rig) -> Told:
    return {
        key: (card.get("name", {}).get("full"), frozenset(card.get("keywords", ())))
        for key, card in rig.book.cards.items()
    }
