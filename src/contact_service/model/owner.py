"""An Owner's head: what must be known before any of an owner's cards is shown or written.

Read for each request in one coalesced statement, and locked by each write (sync.md 1: commit order = number order).
"""

import re
from enum import StrEnum

import msgspec

from contact_service.model.ids import OwnerId


class State(StrEnum):
    """Whether the owner may act: restricted (GDPR Art. 18) reads only, erasing (Art. 17) is gone."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    ERASING = "erasing"


class Head(msgspec.Struct, frozen=True, gc=False):
    """`version`: number of the last row change; `epoch`: random, changes on restore; `consents`: bit set of Purpose;
    `keyword_groups`: some device is shown keywords as group cards; `feed_floor`: tokens of the whole feed from below it
    are expired (tombstones up to it are purged).
    """

    owner: OwnerId
    version: int
    epoch: int
    consents: int
    state: State
    key_gen: int
    live_cards: int
    keyword_groups: bool = False
    feed_floor: int = 0


def etag(epoch: int, version: int) -> str:
    """The strong entity-tag of a row, quotes included (RFC 9110 8.8.3): `"<epoch, hex>.<version>"`."""
    return f'"{epoch:08x}.{version}"'


_TAG = re.compile(r'"?([0-9a-f]{8})\.([0-9]{1,18})(?:-[0-9A-Za-z.]+)?"?')


def read_etag(text: str) -> tuple[int, int] | None:
    """(epoch, version) of an entity-tag of ours, with or without quotes and a converter's revision; else None."""
    found = _TAG.fullmatch(text)
    return (int(found[1], 16), int(found[2])) if found else None
