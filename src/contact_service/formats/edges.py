"""People of social networks as edges: a name and an id, and how much else a provider said that nobody asked for."""

from typing import Any

import msgspec

from contact_service.formats.mapping import Table, Transform
from contact_service.model.imports import Edge, Place, Reject


class Read(msgspec.Struct, frozen=True):
    """What became of a person; `unknown`: how many properties they have that the provider does not document."""

    change: Edge | Reject
    unknown: int = 0


def read(raw: bytes, place: Place, provider: str, kind: str, table: Table) -> Read:
    """The person in `raw`, one JSON object, as an edge of that kind."""
    try:
        told = msgspec.json.decode(raw, type=dict[str, Any])
        made = table.map({n: v for n, v in told.items() if v not in (None, "")}, TRANSFORMS)
        found = made.card
        who = found["id"]
    except (ValueError, KeyError, RecursionError):
        return Read(Reject(place, "no-id", "The person has no id that can be read.", raw))
    name = found.get("name") or found.get("handle") or ""
    return Read(Edge(provider, kind, name, who), len(made.unknown))


def _text(member: str) -> Transform:
    def put(value: Any, card: dict[str, Any]) -> None:
        card[member] = msgspec.convert(value, str)

    return put


TRANSFORMS: dict[str, Transform] = {each: _text(each) for each in ("id", "name", "handle")}
