"""Access tokens of the Matrix face: random, and at rest only as a keyed hash, so that a dump lets nobody in."""

import hashlib
import secrets

from contact_service.vault.keyring import Keyring

_LONGEST = 128


def new() -> str:
    """A fresh token: 256 random bits, 43 characters without a dot, which every JWT has."""
    return secrets.token_urlsafe(32)


def mark(ring: Keyring, token: str) -> bytes | None:
    """What is kept of a token, 32 bytes; None for what none of ours can be."""
    if not token or len(token) > _LONGEST or not token.isascii():
        return None
    return hashlib.blake2b(token.encode(), key=ring.fixed("matrix-token"), digest_size=32).digest()
