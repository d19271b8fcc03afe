"""A token issuer's public keys, fetched from its JWKS URL (RFC 7517 5; OpenID Connect Discovery 3, `jwks_uri`).

The bytes only: vault/jose.py reads them. Asked at most once a minute however many tokens name unknown keys, so that
strangers with made-up tokens cannot make this service hammer its issuer.
"""

import asyncio

import httpx2

from contact_service.integrations import trust
from contact_service.settings import kinds

LEAST_INTERVAL_S = 60.0
LARGEST_BYTES = 1_048_576
_TIMEOUT = httpx2.Timeout(10.0, connect=3.0)
_TOTAL_S = 30.0
# identity: what is counted below is then what arrives, and no small answer can inflate.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class KeySetUrl:
    """One JWKS URL. `last_error` names the type of the last failure, "" after a success; for logs and metrics."""

    __slots__ = ("_asked_at", "_lock", "_url", "last_error")

    def __init__(self, url: str) -> None:
        """`url` is https, or http on loopback; else ValueError."""
        if not kinds.may_be_fetched(url):
            raise ValueError("a JWKS is fetched by https, or from loopback")
        self._url = url
        self._asked_at: float | None = None
        self._lock = asyncio.Lock()
        self.last_error = ""

    async def fetch(self, now: float) -> bytes | None:
        """The set as it stands, or None: asked less than a minute before `now` (monotonic seconds), or no answer.

        Callers that come meanwhile wait and get None; the keys then are as fresh as they can be: verify once more.
        """
        async with self._lock:
            if self._asked_at is not None and now - self._asked_at < LEAST_INTERVAL_S:
                return None
            self._asked_at = now
            try:
                async with asyncio.timeout(_TOTAL_S):
                    found = await self._get()
            except (
                httpx2.HTTPError,
                httpx2.InvalidURL,
                TimeoutError,
                OSError,
                ValueError,
            ) as error:
                self.last_error = type(error).__name__
                return None
            self.last_error = ""
            return found

    async def _get(self) -> bytes:
        """No redirects, and nothing from the environment (proxies, .netrc): the set comes from the URL named or not."""
        verify = await trust.authorities()
        async with (
            httpx2.AsyncClient(
                verify=verify, timeout=_TIMEOUT, trust_env=False, follow_redirects=False
            ) as client,
            client.stream("GET", self._url, headers=_HEADERS) as answer,
        ):
            if answer.status_code != 200:
                raise ValueError("the issuer did not answer 200")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > LARGEST_BYTES:
                    raise ValueError("the set is larger than 1 MiB")
            return bytes(body)
