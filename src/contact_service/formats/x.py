"""A user of X as the API v2 tells it -> Edge; what goes where: mappings/x.toml."""

from contact_service.formats import edges, mapping
from contact_service.formats.edges import Read
from contact_service.model.imports import Place

TABLE = mapping.load("x")


def read(raw: bytes, place: Place, kind: str) -> Read:
    """A follower, or somebody who is followed."""
    return edges.read(raw, place, "x", kind, TABLE)
