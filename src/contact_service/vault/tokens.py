"""Signed opaque tokens: change-feed tokens and list cursors, aliases (sync.md 2, RFC 6578 3.2).

Deterministic: the same state gives the same bytes, because devices compare tokens and skip the sync when they are
equal. The key is the installation's, not the owner's: a key rotation must not expire devices.
"""

import base64
import hmac
import struct

import msgspec

from contact_service.model.ids import BookId, OwnerId
from contact_service.model.problem import InvalidCursor, SyncTokenUnknown

_MAC_BYTES = 16
_LONGEST = 4096
_PLAIN = struct.Struct(">BIQ")
_STARTED = struct.Struct(">BIQQ")


class SyncToken(msgspec.Struct, frozen=True, gc=False):
    """A place in the feed: after `version` in `epoch`; `start` is the head when a snapshot began, None outside one."""

    epoch: int
    version: int
    start: int | None = None


class Signer:
    """Writes and reads tokens under the keyring's `feed` key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """`key` is `Keyring.feed`, 32 bytes."""
        self._key = key

    def sync_token(
        self,
        owner: OwnerId,
        epoch: int,
        version: int,
        start: int | None = None,
        *,
        book: BookId | None = None,
    ) -> str:
        """The token of that place, 39 or 50 base64url characters. `book` None stands for all of the owner's books."""
        plain = start is None
        body = _PLAIN.pack(1, epoch, version) if plain else _STARTED.pack(2, epoch, version, start)
        return self._sign(("sync", owner, book or ""), body)

    def read_sync_token(
        self, owner: OwnerId, text: str, *, book: BookId | None = None
    ) -> SyncToken:
        """The place the token names. Raises SyncTokenUnknown (400): garbage, forged, of another owner or book.

        Whether the epoch is the present one and the version not in the future is the caller's to ask.
        """
        body = self._verified(("sync", owner, book or ""), text)
        if body is not None and len(body) == _PLAIN.size and body[0] == 1:
            return SyncToken(*_PLAIN.unpack(body)[1:])
        if body is not None and len(body) == _STARTED.size and body[0] == 2:
            return SyncToken(*_STARTED.unpack(body)[1:])
        raise SyncTokenUnknown

    def cursor(self, owner: OwnerId, list_name: str, position: bytes) -> str:
        """The cursor of a list at `position` (ids and numbers only: clients can read it). Put filters into the name."""
        return self._sign(("cursor", owner, list_name), position)

    def read_cursor(self, owner: OwnerId, list_name: str, text: str) -> bytes:
        """The position. Raises InvalidCursor (400): garbage, forged, of another owner or list."""
        position = self._verified(("cursor", owner, list_name), text)
        if position is None:
            raise InvalidCursor
        return position

    def alias(self, owner: OwnerId, kind: str, text: str) -> str:
        """An opaque name for a text that must not stand in a path, the same each time: 22 base64url characters."""
        made = self._mac(("alias", owner, kind), text.encode(errors="surrogatepass"))
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def _sign(self, scope: tuple[str, str, str], body: bytes) -> str:
        signed = body + self._mac(scope, body)
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    def _verified(self, scope: tuple[str, str, str], text: str) -> bytes | None:
        raw = _bytes(text)
        if raw is None or len(raw) < _MAC_BYTES:
            return None
        body = raw[:-_MAC_BYTES]
        return body if hmac.compare_digest(raw[-_MAC_BYTES:], self._mac(scope, body)) else None

    def _mac(self, scope: tuple[str, str, str], body: bytes) -> bytes:
        # Lengths first, so that no two scopes spell the same bytes.
        texts = [part.encode(errors="surrogatepass") for part in scope]
        parts = [len(text).to_bytes(4, "big") + text for text in texts]
        return hmac.digest(self._key, b"".join((*parts, body)), "sha256")[:_MAC_BYTES]


def _bytes(text: str) -> bytes | None:
    """Unpadded base64url, one spelling only: the decoder skips foreign characters and spare bits, so compare."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=") == text.encode() else None
