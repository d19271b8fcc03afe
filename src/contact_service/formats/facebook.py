"""A friend as the Facebook Graph API tells it -> Edge; what goes where: mappings/facebook.toml."""

from contact_service.formats import edges, mapping
from contact_service.formats.edges import Read
from contact_service.model.imports import Place

TABLE = mapping.load("facebook")


def read(raw: bytes, place: Place) -> Read:
    """A friend who uses the app too; the id is the app's own for them."""
    return edges.read(raw, place, "facebook", "friend", TABLE)
