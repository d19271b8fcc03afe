"""The `state` of an authorization request, and the ticket after it: whose link it is, sealed under the keyring.

Whoever holds one can route it to its owner's rows only here: the provider, the browser and its history see noise
(RFC 6749 10.12, RFC 9700 4.7). What was not made here does not open, so strangers never reach the database.
"""

import base64
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contact_service.model.ids import OwnerId
from contact_service.vault.keyring import Keyring

_NONCE = 12
_SECRET = 16
_LONGEST = 400


def seal(ring: Keyring, what: str, owner: OwnerId, state: UUID) -> str:
    """An opaque text for that link, another one each time; `what` is state or ticket."""
    nonce = os.urandom(_NONCE)
    plain = state.bytes + os.urandom(_SECRET) + owner.encode()
    sealed = nonce + _cipher(ring).encrypt(nonce, plain, what.encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_(ring: Keyring, what: str, text: str) -> tuple[OwnerId, UUID] | None:
    """Whose link and which; None for what was not made here for that."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = _cipher(ring).decrypt(raw[:_NONCE], raw[_NONCE:], what.encode())
    except (ValueError, InvalidTag):
        return None
    return OwnerId(plain[16 + _SECRET :].decode()), UUID(bytes=plain[:16])


def _cipher(ring: Keyring) -> AESGCM:
    return AESGCM(ring.fixed("oauth-state"))
