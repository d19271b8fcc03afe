"""Blind index: the keyed hash by which a registered user's Identifier is found (discovery.md; BLAKE2b, RFC 7693).

Never made for storage from the identifier of somebody who is not registered: a hash of a phone number is personal data.
"""

import hashlib
from collections.abc import Iterable
from enum import Enum

TAG_BYTES = 16


class Person(Enum):
    """What a tag is for (BLAKE2's personalisation): tags of two uses never meet, and each use has a key of its own."""

    DIRECTORY = b"cs-dir-v1"
    MATRIX = b"cs-mx-v1"
    """Over the 32-byte digest a Matrix client sends."""
    OBJECTION = b"cs-obj-v1"
    HOLDER = b"cs-hold-v1"
    """Whose an identifier is, shared or not."""
    CARRY = b"cs-carry-v1"
    RETRY = b"cs-retry-v1"
    DECOY = b"cs-decoy-v1"
    """Over a tag, or a place in a list: the id of somebody who does not exist."""


def tag(key: bytes, identifier: str, person: Person = Person.DIRECTORY) -> bytes:
    """The tag, 16 bytes, of one canonical identifier under a key of 32 bytes (an epoch's pepper, a fixed key)."""
    return tags(key, [identifier], person)[0]


def tags(key: bytes, identifiers: Iterable[str], person: Person = Person.DIRECTORY) -> list[bytes]:
    """`tag` of each, in their order. Twice as fast as one by one: the keyed state is made once and copied."""
    return of_bytes(key, (identifier.encode() for identifier in identifiers), person)


def of_bytes(key: bytes, inputs: Iterable[bytes], person: Person) -> list[bytes]:
    """As `tags`, over bytes."""
    keyed = hashlib.blake2b(digest_size=TAG_BYTES, key=key, person=person.value)
    out = []
    for one in inputs:
        state = keyed.copy()
        state.update(one)
        out.append(state.digest())
    return out
