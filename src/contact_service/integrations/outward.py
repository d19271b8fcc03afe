"""The way out to providers: one shared client and one breaker a provider, each call bounded in time and bytes.

No redirect is followed, nothing of the environment is used (proxies, .netrc), no cookie is kept. What goes wrong says
of what kind it is and nothing else: URLs and bodies hold tokens and contacts.
"""

import asyncio
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec

from contact_service.integrations import trust
from contact_service.integrations.breaker import Breaker

CONNECT_S, READ_S, TOTAL_S = 3.0, 10.0, 30.0
LARGEST_BYTES = 32_000_000
_CONNECTIONS = 20


class Lost(Exception):
    """No whole answer came: refused, cut, reset, or too slow. Whether the request was carried out is not known."""


class Overlong(Exception):
    """The answer is larger than it may be, or not encoded as it says."""


class Asked(msgspec.Struct, frozen=True):
    """A request. `form`: sent as application/x-www-form-urlencoded; `most_bytes`: of the answer, unpacked."""

    method: str
    url: str
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = {}
    form: Mapping[str, str] | None = None
    most_bytes: int = LARGEST_BYTES


class Answered(msgspec.Struct, frozen=True):
    """An answer of any status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outward:
    """The clients and breakers of a process; `total_s` bounds a call, for tests. Under `counting` calls are counted one
    after the other, so that many runs of a process need one connection for it.
    """

    def __init__(self, total_s: float = TOTAL_S) -> None:
        self.counting = asyncio.Lock()
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self._breakers: dict[str, Breaker] = {}
        self._total_s = total_s

    def breaker(self, provider: str) -> Breaker:
        """The provider's."""
        return self._breakers.setdefault(provider, Breaker())

    async def ask(self, provider: str, asked: Asked) -> Answered:
        """The answer. Raises Lost, Overlong."""
        try:
            async with asyncio.timeout(self._total_s):
                return await self._ask(await self._client(provider), asked)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError, ValueError):
            # The failure's own text is left out: it holds the URL.
            raise Lost from None

    async def close(self) -> None:
        """Let go of all connections; the next call opens them anew."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    async def _ask(self, client: httpx2.AsyncClient, asked: Asked) -> Answered:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", **asked.headers}
        content = None
        if asked.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(asked.form).encode()
        async with client.stream(
            asked.method,
            asked.url,
            params=dict(asked.params) if asked.params else None,
            headers=headers,
            content=content,
        ) as answer:
            client.cookies.clear()
            body = await _whole(answer, asked.most_bytes)
            return Answered(answer.status_code, _lower(answer.headers), body)

    async def _client(self, provider: str) -> httpx2.AsyncClient:
        if provider not in self._clients:
            verify = await trust.authorities()
            # Another call may have been as quick.
            if provider not in self._clients:
                self._clients[provider] = httpx2.AsyncClient(
                    verify=verify,
                    timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
                    limits=httpx2.Limits(max_connections=_CONNECTIONS),
                    trust_env=False,
                    follow_redirects=False,
                )
        return self._clients[provider]


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def _whole(answer: httpx2.Response, most: int) -> bytes:
    """The body, unpacked with a bound at each step, so that no small answer can inflate beyond it."""
    encoding = answer.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", ""):
        raise Overlong
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    async for part in answer.aiter_raw():
        try:
            body += unpack.decompress(part, most + 1 - len(body)) if unpack is not None else part
        except zlib.error:
            raise Overlong from None
        if len(body) > most or (unpack is not None and unpack.unconsumed_tail):
            raise Overlong
    if unpack is not None and not unpack.eof:
        # A cut inside the packed bytes, which the connection did not tell.
        raise Lost
    return bytes(body)
