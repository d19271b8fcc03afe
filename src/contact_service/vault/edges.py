"""Social edges: who it is, as a keyed hash that means nothing to others; name and id, each sealed in its own place."""

from contact_service.model.imports import Edge
from contact_service.vault.sealing import DataKey

_KIND = "name"


def key_of(key: DataKey, edge: Edge) -> bytes:
    """16 bytes for the provider's id; for the name, where the source has no ids. The two never meet."""
    by_id = edge.provider_user_id is not None
    said = edge.provider_user_id if by_id else edge.display_name
    word = b"edge:id:" if by_id else b"edge:name:"
    return key.mac(b"%b%b:%b" % (word, _utf8(edge.provider), _utf8(said or "")))


def seal(key: DataKey, edge_key: bytes, name: str) -> bytes:
    """The name, as it rests."""
    return key.seal(_KIND, b"edge:" + edge_key, 0, _utf8(name))


def open_(key: DataKey, edge_key: bytes, sealed: bytes) -> str:
    """The name. Raises IntegrityBroken (500)."""
    return key.open(_KIND, b"edge:" + edge_key, 0, sealed).decode()


def seal_id(key: DataKey, edge_key: bytes, known: str) -> bytes:
    """The provider's id, as it rests."""
    return key.seal(_KIND, b"edge:id:" + edge_key, 0, _utf8(known))


def open_id(key: DataKey, edge_key: bytes, sealed: bytes) -> str:
    """The provider's id. Raises IntegrityBroken (500)."""
    return key.open(_KIND, b"edge:id:" + edge_key, 0, sealed).decode()


def _utf8(text: str) -> bytes:
    # Half of a surrogate pair is no text: nothing stands in its place.
    return text.encode(errors="ignore")
