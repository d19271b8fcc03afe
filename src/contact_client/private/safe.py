"""Where discovery keeps what it paid for: sealed values under names that tell nothing (AES-256-GCM, SP 800-38D).

Without its key a Safe gives away how many identifiers were asked for, and none of them. With its key, out of a backup,
it makes a new phone free.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class WrongKey(ValueError):
    """The safe was filled under another key, or what is in it was altered."""


class Safe(Protocol):
    """What a store for discovery must do; one owner's, and one program at a time. It is given sealed values only."""

    @property
    def key(self) -> bytes:
        """The 32 bytes that all is sealed under. The same on all devices of an owner: decoys come of it too."""
        ...

    async def read(self, names: Collection[bytes]) -> dict[bytes, bytes]:
        """The values of those names that have one."""
        ...

    async def write(self, values: Mapping[bytes, bytes], gone: Collection[bytes] = ()) -> None:
        """Keep these and drop those: all of it, or nothing; once this returns it is kept."""
        ...

    async def clear(self, values: Mapping[bytes, bytes]) -> None:
        """Drop everything but these, which are kept as `write` does."""
        ...


class MemorySafe:
    """A Safe that ends with the program. Without a `key` it makes one."""

    def __init__(self, key: bytes | None = None) -> None:
        self.key = sized(secrets.token_bytes(KEY_BYTES) if key is None else key)
        self.values: dict[bytes, bytes] = {}

    async def read(self, names: Collection[bytes]) -> dict[bytes, bytes]:
        """The values of those names that have one."""
        return {name: self.values[name] for name in names if name in self.values}

    async def write(self, values: Mapping[bytes, bytes], gone: Collection[bytes] = ()) -> None:
        """All at once: nothing here waits."""
        self.values.update(values)
        for name in gone:
            self.values.pop(name, None)

    async def clear(self, values: Mapping[bytes, bytes]) -> None:
        """Only these stay."""
        self.values = dict(values)


class Seal:
    """Names and values as they rest, under a safe's key."""

    def __init__(self, key: bytes) -> None:
        self._names = _derived(key, b"cs-client-names")
        self._aead = AESGCM(_derived(key, b"cs-client-seal"))
        self.decoys = _derived(key, b"cs-client-decoys")

    def name(self, kind: str, what: str = "") -> bytes:
        """The name of a value, 16 bytes: a keyed hash."""
        text = f"{kind}:{what}".encode()
        return hashlib.blake2b(text, digest_size=16, key=self._names).digest()

    def shut(self, name: bytes, value: bytes) -> bytes:
        """The value as it rests: a nonce, then what opens under this name alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, value, name)

    def open(self, name: bytes, shut: bytes) -> bytes:
        """The value. Raises WrongKey."""
        try:
            return self._aead.decrypt(shut[:_NONCE_BYTES], shut[_NONCE_BYTES:], name)
        except InvalidTag:
            raise WrongKey("sealed under another key, or altered") from None


def sized(key: bytes) -> bytes:
    """The key. Raises ValueError for one of another length."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return key


def _derived(key: bytes, use: bytes) -> bytes:
    return hashlib.blake2b(digest_size=KEY_BYTES, key=sized(key), person=use).digest()
