"""An AppPassword: what one device signs in with over CardDAV and nothing else, until it is revoked (sync.md 7)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from contact_service.model import ids

MOST = 50
"""App passwords an owner may have."""
SECRET_BYTES = 20
"""160 random bits."""
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 signs, five bits each; l, o, 0 and 1 are left out: people type these from one screen into another."""
_SIGNS = 32
_GROUP = 4


class Device(StrEnum):
    """What kind of device it is for: the CardDAV face shows each the form that it understands."""

    IOS = "ios"
    ANDROID = "android"
    DESKTOP = "desktop"
    OTHER = "other"


class Access(StrEnum):
    """What the device may do."""

    READ = "read"
    WRITE = "write"


class AppPassword(msgspec.Struct, frozen=True):
    """`name`: the owner's word for the device; `keyword_groups`: it is shown keywords as group cards; `used_on`: the
    last day (UTC) it signed in on, None: never yet. The password itself is kept by nobody.
    """

    id: UUID
    name: str
    device: Device
    access: Access
    keyword_groups: bool
    created_at: datetime
    used_on: date | None = None


def id_(text: str) -> UUID:
    """An app password's id as it stands in a path: that of a card in form. Raises InvalidId (422), NotFound (404)."""
    return ids.card_id(text)


def spell(secret: bytes) -> str:
    """160 bits as eight groups of four signs, dashes between them.

    >>> spell(bytes(20))
    'aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa'
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError("an app password has 160 bits")
    number = int.from_bytes(secret, "big")
    signs = "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(_SIGNS)))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _SIGNS, _GROUP))


def read(text: str) -> str | None:
    """A password as somebody typed it, in the spelling of `spell`: case, dashes and spaces are not told apart. None for
    what no app password can be.
    """
    signs = text.lower().replace("-", "").replace(" ", "")
    if len(signs) != _SIGNS or not set(ALPHABET).issuperset(signs):
        return None
    return "-".join(signs[at : at + _GROUP] for at in range(0, _SIGNS, _GROUP))
