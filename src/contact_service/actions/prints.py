"""What a book was read as, so small that it can be kept: newer phone metadata reads some numbers as other Identifiers.

Cards are dealt to 256 places; a place holds 4 bytes, the keyed hashes of its cards' Identifiers added by XOR. Sealed at
rest. A card whose place holds the same as before is read as before; the others are charged as if they were new.
"""

import hashlib
from collections.abc import Collection

from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId

PLACES = 256
_BYTES = 4
_NAME = b"prints"


def sealed(ctx: Context, book: KeptIdentifiers, waiting: Collection[CardId]) -> bytes:
    """The prints of the book without the cards that wait, for `storage.matches.State`."""
    return ctx.key.seal("match", _NAME, 0, b"".join(_of(ctx, book, waiting)))


def unlike(
    ctx: Context, before: bytes | None, book: KeptIdentifiers, waiting: Collection[CardId]
) -> set[CardId]:
    """The cards of the book that may be read otherwise than when `before` was sealed; all of them where it is None.

    Raises IntegrityBroken (500).
    """
    if before is None:
        return set(book.by_card)
    opened = ctx.key.open("match", _NAME, 0, before)
    old = [opened[at : at + _BYTES] for at in range(0, PLACES * _BYTES, _BYTES)]
    other = [was != now for was, now in zip(old, _of(ctx, book, waiting), strict=True)]
    return {card for card in book.by_card if other[_place(card)]}


def _of(ctx: Context, book: KeptIdentifiers, waiting: Collection[CardId]) -> list[bytes]:
    # Keyed: who could work out the sums could choose cards whose changes cancel out.
    key = ctx.key.mac(_NAME)
    sums = [0] * PLACES
    for card, held in book.by_card.items():
        if card not in waiting:
            sums[_place(card)] ^= _print(key, card, held)
    return [one.to_bytes(_BYTES, "big") for one in sums]


def _place(card: CardId) -> int:
    return card.bytes[-1]


def _print(key: bytes, card: CardId, held: Collection[Identifier]) -> int:
    text = card.bytes + "\n".join(sorted(held)).encode()
    return int.from_bytes(hashlib.blake2b(text, key=key, digest_size=_BYTES).digest(), "big")
