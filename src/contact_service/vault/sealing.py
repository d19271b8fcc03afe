"""CS-ENC-1: how an owner's values are sealed under the owner's DataKey (privacy.md; AES-256-GCM, HKDF RFC 5869).

sealed  = 01 | u32 generation | 12 B nonce | GCM(sub-key of the kind, padded, AAD)
AAD     = 01 | u32 generation | lp(kind) | lp(owner) | lp(object id) | u64 rev;  lp(x) = u16 length, x
A value opens in its own place only: another owner, kind, object, revision or generation refuses (IntegrityBroken).
"""

import os
import struct
from collections.abc import Iterable
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from contact_service.model.problem import IntegrityBroken
from contact_service.vault.keyring import Keyring

BLOCK_BYTES = {
    "card": 64,
    "head": 64,
    "snap": 4096,
    "photo": 4096,
    "dir": 64,
    "tok": 64,
    "job": 64,
    "idem": 64,
    "file": 4096,
    "exp": 4096,
    "book": 64,
    "name": 64,
    "device": 64,
    "keyword": 64,
    "login": 64,
    "match": 64,
    "verdict": 64,
}
"""The kinds, and the block each pads to: what a thief sees of a size."""

_HEAD = struct.Struct(">BI")
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_NONCE = 12
_TAG = 16
_FRONT = _HEAD.size + _NONCE
# Begun once and copied, which takes a fourth of hmac.digest's time.
_EMPTY_SALT = HMAC(bytes(32), SHA256())
_INNER, _OUTER = (bytes(code ^ pad for code in range(256)) for pad in (0x36, 0x5C))
_SMALL = tuple(b"\x80" + bytes(63 - used) for used in range(64))


class _SubKey:
    """One kind's cipher and the part of its AAD that never changes."""

    __slots__ = ("block", "cipher", "prefix")

    def __init__(self, cipher: AESGCM, prefix: bytes, block: int) -> None:
        self.cipher = cipher
        self.prefix = prefix
        self.block = block


class DataKey:
    """An owner's key of one generation. Sub-keys are derived at first use; the repr shows no key."""

    __slots__ = ("_extracted", "_head", "_key", "_mac", "_subkeys", "gen", "owner")

    def __init__(self, owner: str, gen: int, key: bytes) -> None:
        """`gen` is 1 to 2**32 - 1, `key` 32 random bytes."""
        if len(key) != 32 or not 0 < gen < 2**32:
            raise ValueError("a data key has 32 bytes and a generation of 1 to 4294967295")
        self.owner = owner
        self.gen = gen
        self._key = key
        self._head = _HEAD.pack(1, gen)
        # HKDF-SHA256 with an empty salt (RFC 5869 2.2): extracted once, expanded once a sub-key.
        extracting = _EMPTY_SALT.copy()
        extracting.update(key)
        self._extracted = extracting.finalize()
        self._mac: HMAC | None = None
        self._subkeys: dict[str, _SubKey] = {}

    def __repr__(self) -> str:
        return f"DataKey(gen={self.gen})"

    def seal(self, kind: str, object_id: bytes, rev: int, plaintext: bytes) -> bytes:
        """The sealed bytes: 33 more than the padded plaintext. `rev` is the object's revision, 0 where none is kept."""
        sub = self._subkeys.get(kind) or self._subkey(kind)
        nonce = os.urandom(_NONCE)
        aad = b"%b%b%b%b" % (
            sub.prefix,
            len(object_id).to_bytes(2, "big"),
            object_id,
            _U64.pack(rev),
        )
        return b"%b%b%b" % (
            self._head,
            nonce,
            sub.cipher.encrypt(nonce, _pad(plaintext, sub.block), aad),
        )

    def seal_many(self, kind: str, items: Iterable[tuple[bytes, int, bytes]]) -> list[bytes]:
        """`seal` for many (object id, rev, plaintext), in their order; one draw of randomness for all nonces."""
        todo = items if isinstance(items, list) else list(items)
        sub = self._subkeys.get(kind) or self._subkey(kind)
        nonces = os.urandom(_NONCE * len(todo))
        head, prefix, block, encrypt = self._head, sub.prefix, sub.block, sub.cipher.encrypt
        pack = _U64.pack
        out = []
        at = 0
        for object_id, rev, plaintext in todo:
            nonce = nonces[at : at + _NONCE]
            at += _NONCE
            aad = b"%b%b%b%b" % (prefix, len(object_id).to_bytes(2, "big"), object_id, pack(rev))
            out.append(b"%b%b%b" % (head, nonce, encrypt(nonce, _pad(plaintext, block), aad)))
        return out

    def open(self, kind: str, object_id: bytes, rev: int, sealed: bytes) -> bytes:
        """The plaintext that was sealed in this very place. Raises IntegrityBroken (500)."""
        sub = self._subkeys.get(kind) or self._subkey(kind)
        if sealed[:5] != self._head:
            raise IntegrityBroken
        aad = b"%b%b%b%b" % (
            sub.prefix,
            len(object_id).to_bytes(2, "big"),
            object_id,
            _U64.pack(rev),
        )
        try:
            padded = sub.cipher.decrypt(sealed[5:_FRONT], sealed[_FRONT:], aad)
        except (InvalidTag, ValueError):
            # ValueError: shorter than a nonce and a tag.
            raise IntegrityBroken from None
        stripped = padded.rstrip(b"\0")
        if not stripped.endswith(b"\x80"):
            raise IntegrityBroken
        return stripped[:-1]

    def mac(self, text: bytes) -> bytes:
        """16 bytes that are equal for equal bytes within this owner and key generation, and noise to all others."""
        begun = self._mac
        if begun is None:
            begun = self._mac = HMAC(_expand(self._extracted, "mac"), SHA256())
        # Three are made of each card that is written.
        made = begun.copy()
        made.update(text)
        return made.finalize()[:16]

    def wrap(self, keyring: Keyring) -> bytes:
        """This key under the keyring's current KEK, 65 bytes, for `vault.data_keys`."""
        cipher = keyring.cipher(keyring.kek)
        assert cipher is not None
        head = _HEAD.pack(1, keyring.kek)
        nonce = os.urandom(_NONCE)
        return (
            head + nonce + cipher.encrypt(nonce, self._key, _wrap_aad(head, self.owner, self.gen))
        )

    def _subkey(self, kind: str) -> _SubKey:
        block = BLOCK_BYTES.get(kind)
        if block is None:
            raise ValueError("nothing is sealed under this kind")
        prefix = self._head + _lp(kind.encode()) + _lp(self.owner.encode())
        sub = self._subkeys[kind] = _SubKey(AESGCM(_expand(self._extracted, kind)), prefix, block)
        return sub


def new(owner: str, gen: int) -> DataKey:
    """A random DataKey for that owner and generation (from 1)."""
    return DataKey(owner, gen, os.urandom(32))


def unwrap(keyring: Keyring, owner: str, gen: int, wrapped: bytes) -> DataKey:
    """The DataKey out of its wrapped bytes. Raises IntegrityBroken (500): unknown KEK, other owner or generation."""
    head = wrapped[:5]
    cipher = keyring.cipher(_U32.unpack_from(head, 1)[0]) if len(wrapped) == 65 else None
    if cipher is None or wrapped[0] != 1:
        raise IntegrityBroken
    try:
        key = cipher.decrypt(wrapped[5:_FRONT], wrapped[_FRONT:], _wrap_aad(head, owner, gen))
    except InvalidTag:
        raise IntegrityBroken from None
    return DataKey(owner, gen, key)


def generation(sealed: bytes) -> int:
    """The generation of the DataKey that opens these bytes. Raises IntegrityBroken (500): no sealed value."""
    if len(sealed) < _FRONT + 64 + _TAG or sealed[0] != 1:
        raise IntegrityBroken
    found: int = _U32.unpack_from(sealed, 1)[0]
    return found


def kek(wrapped: bytes) -> int:
    """The id of the KEK that a wrapped key needs. Raises IntegrityBroken (500)."""
    if len(wrapped) != 65 or wrapped[0] != 1:
        raise IntegrityBroken
    found: int = _U32.unpack_from(wrapped, 1)[0]
    return found


def _pad(plaintext: bytes, block: int) -> bytes:
    used = len(plaintext) % block
    if block == 64:
        return plaintext + _SMALL[used]
    return plaintext + b"\x80" + bytes(block - 1 - used)


def _lp(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _wrap_aad(head: bytes, owner: str, gen: int) -> bytes:
    return head + _lp(b"dek") + _lp(owner.encode()) + _U32.pack(gen)


def _expand(extracted: bytes, label: str) -> bytes:
    """One block, 32 bytes, of HKDF-SHA256's expand step (RFC 5869 2.3): the sub-key of that label.

    HMAC is two hashes (RFC 2104 2), spelled out here: a look-up derives the keys of 200 people, and hmac.digest takes
    three times as long.
    """
    padded = extracted.ljust(64, b"\0")
    inner = sha256(padded.translate(_INNER) + b"CS-ENC-1/" + label.encode() + b"\x01").digest()
    return sha256(padded.translate(_OUTER) + inner).digest()
