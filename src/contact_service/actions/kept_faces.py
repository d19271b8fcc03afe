"""Faces of cards kept in memory: what CardDAV devices ask for again and again."""

import msgspec
from cachetools import LRUCache

from contact_service.model.ids import CardId, OwnerId

Key = tuple[OwnerId, CardId, int, str | None]


class Face(msgspec.Struct, frozen=True, gc=False):
    """A card as a device is shown it: its entity-tag and its vCard."""

    tag: str
    body: bytes


class Faces:
    """The faces kept in this process, bounded in bytes. Their key has the card's number, so none is ever stale."""

    def __init__(self, size_bytes: int) -> None:
        self._kept: LRUCache[Key, Face] = LRUCache(size_bytes, getsizeof=_size)

    def get(self, key: Key) -> Face | None:
        """What is kept of the card at that number."""
        return self._kept.get(key)

    def put(self, key: Key, face: Face) -> None:
        """Keep it; a large one is not worth the many small ones it would displace."""
        if len(face.body) <= self._kept.maxsize // 100:
            self._kept[key] = face


def _size(face: Face) -> int:
    return len(face.body) + 500
