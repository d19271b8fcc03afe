"""Receipts: the proof, kept by the client, that this very set of identifiers was paid for. The service stores nothing.

A receipt is 35 bytes in unpadded url-safe base64: version, expiry (seconds, 4 bytes), how many (2), nonce (12) and a
MAC (16) over those, the owner and the sorted canonical set. It tells nobody else what was asked, nor two of them that
it was the same.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable
from datetime import datetime, timedelta

from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId

VALID = timedelta(days=90)
NONCE_BYTES = 12
LARGEST = 65_535
"""Identifiers of one receipt."""
_HEAD = struct.Struct(f">BIH{NONCE_BYTES}s")
_MAC_BYTES = 16
_VERSION = 1
_LENGTH = -(-(_HEAD.size + _MAC_BYTES) * 4 // 3)


def make(
    key: bytes, owner: OwnerId, identifiers: Iterable[Identifier], now: datetime, nonce: bytes
) -> str:
    """The receipt of these distinct identifiers, valid for 90 days. `nonce`: 12 bytes, a new one each time."""
    paid = sorted(set(identifiers))
    head = _HEAD.pack(_VERSION, int((now + VALID).timestamp()), len(paid), nonce)
    return base64.urlsafe_b64encode(head + _mac(key, owner, head, paid)).rstrip(b"=").decode()


def size(receipt: str) -> int:
    """How many identifiers it says it is for, proven by nothing; 0 for what is no receipt."""
    read = _read(receipt)
    return int(_HEAD.unpack(read[0])[2]) if read else 0


def covers(
    key: bytes, owner: OwnerId, receipt: str, identifiers: Iterable[Identifier], now: datetime
) -> bool:
    """Whether it was made here for this owner and exactly this set, and has not expired."""
    read = _read(receipt)
    if read is None:
        return False
    head, mac = read
    _, expiry, _, _ = _HEAD.unpack(head)
    genuine = hmac.compare_digest(mac, _mac(key, owner, head, sorted(set(identifiers))))
    return genuine and now.timestamp() < expiry


def _read(receipt: str) -> tuple[bytes, bytes] | None:
    if len(receipt) != _LENGTH or not receipt.isascii():
        return None
    try:
        raw = base64.b64decode(receipt + "=" * (-_LENGTH % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    if raw[0] != _VERSION:
        return None
    return raw[: _HEAD.size], raw[_HEAD.size :]


def _mac(key: bytes, owner: OwnerId, head: bytes, identifiers: list[Identifier]) -> bytes:
    made = hashlib.blake2b(head, digest_size=_MAC_BYTES, key=key, person=b"cs-rcpt-v1")
    # No identifier holds a line feed, and the owner's length stands before it: nothing can be read in two ways.
    made.update("\n".join((str(len(owner)), owner, *identifiers)).encode())
    return made.digest()
