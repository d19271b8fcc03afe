"""Calling a neighbour by HTTP: one origin, bounded in time and bytes, its answer read by a strict type or not at all.

No redirect is followed and nothing of the environment is used (proxies, .netrc): the answer comes from the URL that the
operator named. Failures say what kind they are and nothing else: URLs and bodies hold identifiers and keys.
"""

import asyncio
from collections.abc import Mapping
from typing import Generic, TypeVar

import httpx2
import msgspec

from contact_service.integrations import trust
from contact_service.integrations.breaker import Breaker
from contact_service.settings import kinds

T = TypeVar("T")
OK = frozenset({200})


class NeighbourAway(Exception):
    """The neighbour gave no answer that can be used. `slug`: resting, timeout, unreachable, throttled, refused, status,
    too-large, or wrong-schema.
    """

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Told(msgspec.Struct, Generic[T], frozen=True):
    """An answer. `value` is None where the status says that there is none."""

    status: int
    headers: Mapping[str, str]
    value: T | None


class Call(msgspec.Struct, frozen=True):
    """A request to `path`, which begins with a slash and is encoded. `empty`: statuses expected without a value."""

    path: str
    method: str = "GET"
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""
    empty: frozenset[int] = frozenset()


class Neighbour:
    """One neighbour at `base`, an https URL (or http on loopback) without a trailing slash; else ValueError."""

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        total_s: float = 3.0,
        largest_bytes: int = 65_536,
        at_once: int = 8,
        breaker: Breaker | None = None,
    ) -> None:
        """`headers` come with each call; `total_s` bounds a call from its wait for a turn to the last byte."""
        if not kinds.may_be_fetched(base):
            raise ValueError("a neighbour is asked by https, or on loopback")
        self.breaker = breaker or Breaker()
        self._base = base.rstrip("/")
        # identity: what is counted below is then what arrives, and no small answer can inflate.
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._headers |= headers or {}
        self._total_s = total_s
        self._largest = largest_bytes
        self._turns = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._client: httpx2.AsyncClient | None = None

    async def ask(self, call: Call, decoder: msgspec.json.Decoder[T]) -> Told[T]:
        """The answer: a value for 200, none for the statuses that `call.empty` names. Raises NeighbourAway."""
        ticket = self.breaker.admit()
        if ticket is None:
            raise NeighbourAway("resting")
        try:
            told = await self._bounded(call, decoder)
        except NeighbourAway:
            self.breaker.failed(ticket)
            raise
        except BaseException:
            self.breaker.dropped(ticket)
            raise
        self.breaker.succeeded(ticket)
        return told

    @property
    def resting(self) -> bool:
        """Whether it is left alone at the moment because it failed."""
        return self.breaker.resting

    async def aclose(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _bounded(self, call: Call, decoder: msgspec.json.Decoder[T]) -> Told[T]:
        """As `ask`; a failure's own text and cause are left out: they hold the URL, and so identifiers and keys."""
        try:
            async with asyncio.timeout(self._total_s), self._turns:
                status, headers, body = await self._send(call)
        except TimeoutError:
            slug = "timeout"
        except httpx2.TimeoutException:
            slug = "timeout"
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RuntimeError):
            slug = "unreachable"
        else:
            return _told(status, headers, body, call.empty, decoder)
        raise NeighbourAway(slug) from None

    async def _send(self, call: Call) -> tuple[int, Mapping[str, str], bytes]:
        client = await self._open()
        async with client.stream(
            call.method,
            self._base + call.path,
            params=dict(call.params) or None,
            headers=dict(call.headers) | self._headers,
            content=call.body or None,
        ) as answer:
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > self._largest:
                    raise NeighbourAway("too-large")
            found = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status_code, found, bytes(body)

    async def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            verify = await trust.authorities()
            # Another call may have been as quick.
            self._client = self._client or httpx2.AsyncClient(
                verify=verify,
                timeout=httpx2.Timeout(self._total_s),
                limits=httpx2.Limits(max_connections=self._at_once),
                trust_env=False,
                follow_redirects=False,
            )
        return self._client


def _told(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    empty: frozenset[int],
    decoder: msgspec.json.Decoder[T],
) -> Told[T]:
    if status in empty:
        return Told(status, headers, None)
    if status != 200:
        raise NeighbourAway(_SLUGS.get(status, "status"))
    try:
        return Told(status, headers, decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Nothing of an answer is used that is not wholly as documented.
        raise NeighbourAway("wrong-schema") from None


_SLUGS = {401: "refused", 403: "refused", 429: "throttled"}
