"""An Owner's head: what must be known before any of an owner's cards is shown or written.

Read for each request in one coalesced statement, and locked by each write (sync.md 1: commit order = number order).
"""

from enum import StrEnum

import msgspec

from contact_service.model.ids import OwnerId


class State(StrEnum):
    """Whether the owner may act: restricted (GDPR Art. 18) reads only, erasing (Art. 17) is gone."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    ERASING = "erasing"


class Head(msgspec.Struct, frozen=True, gc=False):
    """`version`: number of the last row change; `epoch`: random, changes on restore; `consents`: bit set of Purpose."""

    owner: OwnerId
    version: int
    epoch: int
    consents: int
    state: State
    key_gen: int
    live_cards: int


def etag(epoch: int, version: int) -> str:
    """The strong entity-tag of a row, quotes included (RFC 9110 8.8.3): `"<epoch, hex>.<version>"`."""
    return f'"{epoch:08x}.{version}"'
