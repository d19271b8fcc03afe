"""Blob <-> sealed blob: photos and other binary values, known at rest by a keyed hash of their content.

The object id in the AAD is the blob's id; a blob never changes, so its revision is 0. Padded to 4,096 bytes.
"""

from collections.abc import Iterable

from contact_service.vault.sealing import DataKey

_KIND = "photo"
_NAME = b"blob:"


def name(key: DataKey, content: bytes) -> bytes:
    """The id of that content, 16 bytes: the same for the same bytes of one owner, noise to all others."""
    return key.mac(_NAME + content)


def seal_many(key: DataKey, items: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """The sealed bytes of many (id, content), in their order."""
    return key.seal_many(_KIND, [(blob, 0, content) for blob, content in items])


def open_(key: DataKey, blob: bytes, sealed: bytes) -> bytes:
    """The content of that blob. Raises IntegrityBroken (500)."""
    return key.open(_KIND, blob, 0, sealed)
