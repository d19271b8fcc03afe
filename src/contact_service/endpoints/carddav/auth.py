"""Who a CardDAV device acts for: Basic with an app password (RFC 7617), over TLS or loopback only, or a bearer token.

Nothing sent is a cheap 401 and no failed sign-in: clients begin so. A wrong password is counted for its username and
for its address before it is looked at; one that verified lately passes beside the count, so that nobody who guesses at
a username keeps its device out.
"""

import binascii
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from contact_service.actions import sign_in
from contact_service.endpoints import origin
from contact_service.endpoints.door import Hall
from contact_service.endpoints.limits import Tries
from contact_service.model import app_password
from contact_service.model.ids import OwnerId
from contact_service.model.problem import (
    InsecureConnection,
    MissingScope,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from contact_service.storage.app_passwords import LoginRow

_LIMIT = "sign_in"
_LONGEST = 512


class DavCaller(msgspec.Struct, frozen=True):
    """Who asks: `device` is the app password's id; `access` is read or write."""

    owner: OwnerId
    device: str | None = None
    device_kind: str = "other"
    access: str = "write"
    keyword_groups: bool = False


class Credentials(msgspec.Struct, frozen=True):
    """What a Basic header holds, in the spelling that is kept."""

    login: UUID
    password: str


class Gate:
    """Signs requests in."""

    def __init__(self, hall: Hall) -> None:
        rate = hall.house.settings.limits[_LIMIT]
        self._hall = hall
        self._of_login = Tries(rate)
        self._of_address = Tries(rate)

    async def signed_in(self, scope: Any, headers: dict[bytes, bytes], now: float) -> DavCaller:
        """The caller; `now` in monotonic seconds.

        Raises Unauthenticated (401), InsecureConnection and MissingScope (403), RateLimited (429), Overloaded (503).
        """
        sent = headers.get(b"authorization", b"")
        if sent[:7].lower() == b"bearer ":
            return await self._by_token(headers)
        # Before the challenge: what has not been asked for in the open is not sent in the open.
        if not _private(scope):
            raise InsecureConnection
        if not sent:
            raise Unauthenticated("Sign in with an app password.")
        row = await self._by_password(scope, credentials(sent), now)
        return DavCaller(
            owner=row.owner,
            device=str(row.id),
            device_kind=row.device.value,
            access=row.access.value,
            keyword_groups=row.keyword_groups,
        )

    async def _by_token(self, headers: dict[bytes, bytes]) -> DavCaller:
        try:
            claims = self._hall.auth.claims(headers)
        except Unauthenticated:
            claims = await self._hall.auth.claims_anew(headers)
        if "contacts.read" not in claims.scopes:
            raise MissingScope("contacts.read")
        return DavCaller(
            claims.owner, access="write" if "contacts.write" in claims.scopes else "read"
        )

    async def _by_password(self, scope: Any, sent: Credentials, now: float) -> LoginRow:
        house = self._hall.house
        row = await sign_in.remembered(house, sent.login, sent.password, now)
        if row is not None:
            return row
        login, address = sent.login.bytes, _address(scope)
        self._count(login, address, now)
        today = datetime.now(UTC).date()
        try:
            row = await sign_in.verify(house, sent.login, sent.password, now, today)
        except Unavailable:
            self._give_back(login, address)  # nothing was learnt
            raise
        if row is None:
            raise Unauthenticated("There is no such app password, or it was revoked.")
        self._give_back(login, address)
        return row

    def _count(self, login: bytes, address: bytes, now: float) -> None:
        try:
            self._of_address.take(address, now)
            self._of_login.take(login, now)
        except RateLimited:
            self._hall.house.metrics.count("contacts_limits_refused_total", limit=_LIMIT).add()
            raise

    def _give_back(self, login: bytes, address: bytes) -> None:
        self._of_login.give_back(login)
        self._of_address.give_back(address)


def credentials(sent: bytes) -> Credentials:
    """What an Authorization header says. Raises Unauthenticated (401) for what cannot be an app password."""
    scheme, _, encoded = sent.partition(b" ")
    if scheme.lower() != b"basic" or len(encoded) > _LONGEST:
        raise Unauthenticated("Sign in with an app password.")
    try:
        username, _, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
        login = UUID(username.strip())
    except (binascii.Error, ValueError):
        raise Unauthenticated("The username is the app password's id.") from None
    known = app_password.read(password)
    if known is None:
        raise Unauthenticated("The password is no app password.")
    return Credentials(login, known)


def _private(scope: Any) -> bool:
    """Whether nobody on the way reads along: TLS up to us or up to a proxy that is trusted, or this very machine."""
    if scope["scheme"] == "https" or scope.get("client") is None:
        return True  # without a client: a Unix socket
    client = origin.address(scope)
    return client is not None and client.is_loopback


def _address(scope: Any) -> bytes:
    """What failures are counted for: an address, of IPv6 the network of 64 bits that one customer has."""
    client = origin.address(scope)
    if client is None:
        return b""
    return client.packed if client.version == 4 else client.packed[:8]
