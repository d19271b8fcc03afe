"""Card <-> sealed card: the one door between plaintext and storage (law 2).

Plaintext = codec byte, then: `00` JSON alone; `02` u32 length of the JSON, JSON, vCard lines as received. `01` is kept
for zstd. The object id in the AAD is the card's id in its canonical spelling.
"""

import struct
from collections.abc import Iterable

from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.problem import IntegrityBroken
from contact_service.vault.sealing import DataKey

_KIND = "card"
_U32 = struct.Struct(">I")


def seal(key: DataKey, card_id: CardId, rev: int, card: Card) -> bytes:
    """The sealed body of the card's revision `rev`."""
    return key.seal(_KIND, str(card_id).encode(), rev, _pack(card))


def seal_many(key: DataKey, items: Iterable[tuple[CardId, int, Card]]) -> list[bytes]:
    """`seal` for many (id, rev, card), in their order."""
    return key.seal_many(
        _KIND, [(str(card_id).encode(), rev, _pack(card)) for card_id, rev, card in items]
    )


def open_(key: DataKey, card_id: CardId, rev: int, sealed: bytes) -> Card:
    """The card of that row. Raises IntegrityBroken (500): the bytes are of another owner, card, revision or key."""
    return _unpack(key.open(_KIND, str(card_id).encode(), rev, sealed))


def open_many(key: DataKey, rows: Iterable[tuple[CardId, int, bytes]]) -> list[Card]:
    """`open_` for many (id, rev, sealed), in their order. Raises IntegrityBroken (500) when any of them is broken."""
    opened = key.open
    return [
        _unpack(opened(_KIND, str(card_id).encode(), rev, sealed)) for card_id, rev, sealed in rows
    ]


def _pack(card: Card) -> bytes:
    if not card.lines:
        return b"\x00" + card.json
    return b"".join((b"\x02", _U32.pack(len(card.json)), card.json, card.lines))


def _unpack(plaintext: bytes) -> Card:
    codec = plaintext[:1]
    if codec == b"\x00":
        return Card(plaintext[1:])
    if codec != b"\x02" or len(plaintext) < 5:
        raise IntegrityBroken
    end = 5 + _U32.unpack_from(plaintext, 1)[0]
    if end > len(plaintext):
        raise IntegrityBroken
    return Card(plaintext[5:end], plaintext[end:])
