"""What a listing needs of a card, sealed apart from its body: the uid and the DAV resource name (sync.md 1).

Plaintext = uid, or uid, NUL, name: neither can hold a NUL. A name is there only when it is not the card's id.
"""

from collections.abc import Iterable

from contact_service.model.ids import CardId
from contact_service.vault.sealing import DataKey

_KIND = "head"


def seal_many(key: DataKey, items: Iterable[tuple[CardId, int, str, str | None]]) -> list[bytes]:
    """The sealed heads of many (id, rev, uid, name), in their order."""
    packed = [
        (str(card).encode(), rev, (uid if name is None else f"{uid}\0{name}").encode())
        for card, rev, uid, name in items
    ]
    return key.seal_many(_KIND, packed)


def open_(key: DataKey, card: CardId, rev: int, sealed: bytes) -> tuple[str, str | None]:
    """(uid, name) of that row. Raises IntegrityBroken (500)."""
    uid, cut, name = key.open(_KIND, str(card).encode(), rev, sealed).decode().partition("\0")
    return uid, name if cut else None


def seal_name(key: DataKey, card: CardId, version: int, name: str) -> bytes:
    """A resource name that the card had until it got that number."""
    return key.seal("name", str(card).encode(), version, name.encode())


def open_name(key: DataKey, card: CardId, version: int, sealed: bytes) -> str:
    """The resource name. Raises IntegrityBroken (500)."""
    return key.open("name", str(card).encode(), version, sealed).decode()


def seal_device(key: DataKey, device: str) -> bytes:
    """The name of who wrote, for the history; the same bytes may stand in many rows of one transaction."""
    return key.seal("device", b"", 0, device.encode())


def open_device(key: DataKey, sealed: bytes) -> str:
    """Who wrote. Raises IntegrityBroken (500)."""
    return key.open("device", b"", 0, sealed).decode()


def seal_keyword(key: DataKey, keyword_key: bytes, word: str) -> bytes:
    """A keyword whose row has that keyed hash."""
    return key.seal("keyword", keyword_key, 0, word.encode())


def open_keyword(key: DataKey, keyword_key: bytes, sealed: bytes) -> str:
    """The keyword whose row has that keyed hash. Raises IntegrityBroken (500)."""
    return key.open("keyword", keyword_key, 0, sealed).decode()
