"""A verifier whose keys come from a JWKS URL and may change: fetched anew when a token names an unknown key."""

import asyncio
import time

import msgspec

from contact_service.integrations.jwks import KeySetUrl
from contact_service.vault import jose
from contact_service.vault.access import Trust, Verifier
from contact_service.vault.jose import KeySetUnreadable

RENEW_S = 300.0
"""Seconds between fetches without any cause: so long a key that its issuer withdrew may still count."""


class Belief(Verifier):
    """A Verifier that `renew` brings up to date; without a URL it never changes."""

    __slots__ = ("_trust", "_url")

    def __init__(self, trust: Trust, url: KeySetUrl | None = None, jwks: bytes = b"") -> None:
        """`trust` names issuer and audience; its keys are replaced by those of `jwks`, or of the URL once fetched."""
        self._trust = trust
        self._url = url
        super().__init__([_with(trust, jwks) if jwks else trust])

    async def renew(self) -> None:
        """Fetch the set, if a minute has passed since the last time; a set that cannot be read changes nothing."""
        if self._url is None:
            return
        raw = await self._url.fetch(time.monotonic())
        if raw is None:
            return
        try:
            self.replace([_with(self._trust, raw)])
        except KeySetUnreadable:
            self._url.last_error = KeySetUnreadable.__name__

    async def keep(self) -> None:
        """Renew every five minutes, so that a withdrawn key goes; run it for as long as we serve."""
        while self._url is not None:
            await asyncio.sleep(RENEW_S)
            await self.renew()


def _with(trust: Trust, raw: bytes) -> Trust:
    return msgspec.structs.replace(trust, keys=jose.read_jwks(raw))
