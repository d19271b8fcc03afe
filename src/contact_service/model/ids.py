"""Ids are types: an owner is no user, a card is no book. All are opaque text to everybody else."""

import re
from typing import NewType
from uuid import UUID

from contact_service.model.problem import InvalidId, NotFound

OwnerId = NewType("OwnerId", str)
UserId = NewType("UserId", str)
BookId = NewType("BookId", str)
CardId = NewType("CardId", UUID)

DEFAULT_BOOK = BookId("contacts")

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f/\ud800-\udfff]")


def _opaque(text: str) -> str:
    if not text or len(text) > 128 or _FORBIDDEN.search(text) or len(text.encode()) > 128:
        raise InvalidId
    return text


def owner_id(text: str) -> OwnerId:
    """An owner's id: 1-128 bytes of UTF-8, no `/`, no control characters. Raises InvalidId (422)."""
    return OwnerId(_opaque(text))


def user_id(text: str) -> UserId:
    """A registered user's id; the same spelling as an owner's. Raises InvalidId (422)."""
    return UserId(_opaque(text))


def card_id(text: str) -> CardId:
    """A contact's id as it stands in a path. What no card can have is unknown: NotFound (404)."""
    _opaque(text)
    if len(text) != 36:
        raise NotFound
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(found) != text:
        raise NotFound
    return CardId(found)
