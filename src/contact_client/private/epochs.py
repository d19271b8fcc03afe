"""Which announced epochs are trusted, and which of them serve. Pure.

An epoch's key is pinned when it is first seen: a service that gave each client a key of its own could tell them apart
by what they ask later, and one that made buckets small would read contacts off them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from contact_client.private import verbs
from contact_client.private.buckets import MOST_BITS, TAG_BYTES
from contact_client.private.notes import Pin
from contact_client.private.verbs import Epoch, Params
from contact_client.problems import EpochUnsafe, KeyChanged

SUITE = ("ristretto255-SHA512", "voprf", TAG_BYTES)
"""The only one spoken here (RFC 9497 4.1)."""
_KEY_BYTES = 32


def pinned(params: Params, pins: Mapping[int, Pin]) -> dict[int, Pin]:
    """The pins with the announced epochs among them. Raises KeyChanged, EpochUnsafe."""
    if (params.suite, params.mode, params.tag_bytes) != SUITE:
        raise EpochUnsafe("another suite than this library speaks")
    found = dict(pins)
    for epoch in params.epochs:
        if not 0 <= epoch.bits <= MOST_BITS:
            raise EpochUnsafe("buckets so small that they would tell the contacts")
        told = Pin(verbs.unpacked(epoch.public_key, _KEY_BYTES), epoch.bits)
        if found.setdefault(epoch.epoch, told) != told:
            raise KeyChanged("a known epoch has another key or other buckets")
    return found


def serving(params: Params, at: datetime, lost: Collection[int]) -> list[Epoch]:
    """The epochs in force that the service did not refuse, the newest first."""
    found = [e for e in params.epochs if e.is_in_force(at) and e.epoch not in lost]
    return sorted(found, key=lambda e: e.epoch, reverse=True)
