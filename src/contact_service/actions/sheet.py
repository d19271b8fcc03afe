"""A sheet: one contact on the desk, as it is at rest and as it is about to be."""

import msgspec

from contact_service.model.card import Card
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.merge import Conflict
from contact_service.model.revision import Cause


class Sheet(msgspec.Struct):
    """`rev` and `version` are those at rest (0: it is new); `name`: its DAV resource name, where that is not its id;
    `touched`: it must be written; `trashed`: it is deleted, and `card` what it was last; `revived`: it was.
    """

    id: CardId
    card: Card
    rev: int = 0
    version: int = 0
    book: BookId = DEFAULT_BOOK
    name: str | None = None
    touched: bool = False
    gone: bool = False
    trashed: bool = False
    revived: bool = False
    cause: Cause = Cause.EDITED
    conflicts: list[Conflict] = []


def same(one: bytes, other: bytes) -> bool:
    """Equal as JSON values: the order of members and white space say nothing (RFC 8259 4)."""
    return one == other or bool(msgspec.json.decode(one) == msgspec.json.decode(other))
