"""One request until it has an answer: the token, its renewal, retries, Idempotency-Keys.

A POST keeps its key over all attempts, so an answer that was lost is given again and the effect happens once. A
conditional PUT, PATCH or DELETE whose answer was lost is not sent again: the repeat would fail on its own effect.
"""

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

import httpx2
import msgspec

from contact_client import problems
from contact_client.problems import (
    DiscoveryBudget,
    Problem,
    RequestInFlight,
    Unauthenticated,
    Unreachable,
)
from contact_client.retry import Retry, after_s

T = TypeVar("T")
Token = str | Callable[[], Awaitable[str]]
JSON = "application/json"
NDJSON = "application/x-ndjson"
_WAITING_HELPS = frozenset({429, 503})
# A proxy lost the service's answer: it may have been carried out.
_LOST = frozenset({502, 504})
# What the service answers; a redirection or a page comes from a portal on the way.
_DONE = frozenset({200, 201, 204, 304})
_GONE = frozenset({204})
# Raised before anything of a request has left.
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Ask(msgspec.Struct, frozen=True):
    """A request. `repeatable`: sent twice it does what it does once."""

    method: str
    path: str
    query: Mapping[str, str | int] = {}
    content: bytes | None = None
    media: str = JSON
    headers: Mapping[str, str] = {}
    repeatable: bool = True


class Reply(msgspec.Struct, frozen=True):
    """An answer below 400."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body, typed. Raises Unreachable for one of another shape."""
        try:
            return decoder.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreachable("the answer has another shape", sent=True) from None


class Wire:
    """The connection to one service for one owner."""

    def __init__(
        self,
        base_url: str,
        token: Token,
        *,
        device: str | None,
        retry: Retry,
        timeout_s: float,
        transport: httpx2.AsyncBaseTransport | None,
    ) -> None:
        self.retry = retry
        self._source = token
        self._token = token if isinstance(token, str) else None
        self._renewing = asyncio.Lock()
        named = {"X-Device": device} if device is not None else {}
        self._http = httpx2.AsyncClient(
            base_url=base_url, headers=named, timeout=timeout_s, transport=transport
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(
        self, path: str, content: bytes, *, media: str = JSON, key: str | None = None, **query: str
    ) -> Reply:
        """A POST under an Idempotency-Key of its own, or the one given. Raises what `ask` does."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return await self.ask(Ask("POST", path, query, content, media, headers))

    async def change(
        self,
        method: str,
        path: str,
        if_match: str | None,
        content: bytes | None = None,
        media: str = JSON,
    ) -> Reply:
        """A PUT, PATCH or DELETE, under If-Match when a tag is given. Raises what `ask` does."""
        headers = {} if if_match is None else {"If-Match": if_match}
        return await self.ask(Ask(method, path, {}, content, media, headers, if_match is None))

    async def ask(self, ask: Ask) -> Reply:
        """The answer, after as many attempts as the policy allows. Raises Problem, Unreachable."""
        lost = False
        for failures in itertools.count(1):
            try:
                return await self._authorised(ask)
            except Unreachable as error:
                lost = lost or error.sent
                wait_s = self._wait_s(ask, failures, None, lost=error.sent)
                if wait_s is None:
                    raise
            except Problem as problem:
                if lost and ask.method == "DELETE" and problem.status == 404:
                    return Reply(204, {}, b"")  # the attempt whose answer was lost did it
                lost = lost or problem.status in _LOST
                wait_s = self._after_problem_s(ask, failures, problem)
                if wait_s is None:
                    raise
            await self.retry.sleep(wait_s)
        raise AssertionError("attempts end by a return or an error")

    def _after_problem_s(self, ask: Ask, failures: int, problem: Problem) -> float | None:
        helps = problem.status in _WAITING_HELPS or isinstance(problem, RequestInFlight)
        if isinstance(problem, DiscoveryBudget):
            return None  # refilled over days; the caller asks for less or comes later
        if not helps and problem.status not in _LOST:
            return None
        return self._wait_s(ask, failures, problem.retry_after_s, lost=problem.status in _LOST)

    def _wait_s(
        self, ask: Ask, failures: int, asked_s: float | None, *, lost: bool
    ) -> float | None:
        if lost and not ask.repeatable:
            return None
        return self.retry.wait_s(failures, asked_s)

    async def _authorised(self, ask: Ask) -> Reply:
        token = await self._renewed(None) if self._token is None else self._token
        try:
            return await self._once(ask, token)
        except Unauthenticated:
            if isinstance(self._source, str):
                raise
        return await self._once(ask, await self._renewed(token))

    async def _renewed(self, refused: str | None) -> str:
        """A token that is not the refused one; of requests refused together one asks for it."""
        if isinstance(self._source, str):
            return self._source
        async with self._renewing:
            if self._token is None or self._token == refused:
                self._token = await self._source()
            return self._token

    async def _once(self, ask: Ask, token: str) -> Reply:
        headers = {**ask.headers, "Authorization": f"Bearer {token}"}
        if ask.content is not None:
            headers["Content-Type"] = ask.media
        try:
            answer = await self._http.request(
                ask.method, ask.path, params=dict(ask.query), content=ask.content, headers=headers
            )
        except httpx2.HTTPError as error:
            # Not chained: the library's error holds the request, and that the token.
            raise Unreachable(type(error).__name__, sent=not isinstance(error, _UNSENT)) from None
        if answer.status_code < 400:
            if answer.status_code not in (_GONE if ask.method == "DELETE" else _DONE):
                raise Unreachable("something else answered", sent=True)
            return Reply(answer.status_code, answer.headers, answer.content)
        wait_s = after_s(answer.headers.get("retry-after"), datetime.now(UTC))
        media = answer.headers.get("content-type", "")
        raise problems.of_answer(answer.status_code, media, answer.content, wait_s)


class OverWire:
    """What talks over a wire of its own: `async with` closes it at the end."""

    wire: Wire

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.wire.close()
