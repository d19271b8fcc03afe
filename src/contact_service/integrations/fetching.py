"""The Fetch that connectors are given: a GET that keeps all the rules of a provider, whatever the connector asks.

Origins of the manifest alone; the account's token only to the provider's own API; the shared limits before each call; a
row in the ledger before a call that costs; a 401 refreshed once; what may work later tried six times. Nothing is
logged, and no error has a URL, a token or a body in it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from contact_service.integrations import waits
from contact_service.integrations.connector import (
    Fetched,
    Manifest,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.integrations.outward import Answered, Asked, Lost, Outward, Overlong
from contact_service.settings import kinds

TRIES = 6
LONGEST_WAIT_S = 60.0
"""What waits longer is parked: RateLimited tells until when."""


class Grant(Protocol):
    """The account's tokens."""

    async def token(self) -> str:
        """An access token that should be good. Raises Reauthorise, Transient."""
        ...

    async def fresh(self, stale: str) -> str:
        """Another one than `stale`, which was refused. Raises Reauthorise, Transient."""
        ...


class Gate(Protocol):
    """The limits that all workers share."""

    async def take(self) -> float:
        """Count a call; 0.0, or how many seconds to wait before asking again (nothing is counted then)."""
        ...

    async def silence(self, seconds: float) -> None:
        """The provider asked for silence: nobody takes for so long."""
        ...


class Purse(Protocol):
    """The money."""

    async def reserve(self, records: int) -> object:
        """Write into the ledger that a call for so many records is made. Raises BudgetExceeded."""
        ...

    async def settle(self, reserved: object, records: int) -> None:
        """So many it was in the end."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Time: `now` is UTC, `sleep` waits seconds, `chance` gives 0 to 1. `waiting` is told until when a wait lasts, and
    None once it is over.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    waiting: Callable[[datetime | None], None] = lambda _: None

    async def wait(self, seconds: float) -> None:
        """Wait; cancelling the task ends it at once. Raises RateLimited instead of waiting over a minute."""
        until = self.now() + timedelta(seconds=seconds)
        if seconds > LONGEST_WAIT_S:
            raise RateLimited(until)
        self.waiting(until)
        try:
            await self.sleep(seconds)
        finally:
            self.waiting(None)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a Fetching stands on. `returned`: how many records an answer has, for those that cost; None: as asked.
    `count` is told what became of each call.
    """

    way: Outward
    grant: Grant
    gate: Gate
    purse: Purse
    returned: Callable[[bytes], int] | None = None
    count: Callable[[str], None] = lambda _: None


class Fetching:
    """A Fetch (connector.py) of one account at `base`, the API's URL without a slash at the end."""

    def __init__(
        self, manifest: Manifest, base: str, ports: Ports, pace: Pace | None = None
    ) -> None:
        self._manifest = manifest
        self._base = base
        self._home = origin(base)
        self._origins = {self._home, *(origin(one) for one in manifest.origins)}
        self._ports = ports
        self._pace = pace or Pace()
        self._turns = asyncio.Semaphore(manifest.at_once)

    async def __call__(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        records: int = 0,
    ) -> Fetched:
        """See connector.Fetch."""
        asked = Asked("GET", url, params, {**(headers or {})})
        if not _may_be_asked(url, self._origins):
            raise ProviderChanged
        async with self._turns:
            answer = await self._tried(asked, records)
        return Fetched(answer.status, answer.headers, answer.body)

    async def _tried(self, asked: Asked, records: int) -> Answered:
        """The answer, after what may work later was tried again. A 401 costs no try: it is refreshed once."""
        ours = origin(asked.url) == self._home
        token = await self._ports.grant.token() if ours else ""
        refreshed, tries = False, 0
        while True:
            answer = await self._once(asked, token, records)
            if answer is not None and answer.status == 401 and ours:
                if refreshed:
                    raise Reauthorise
                token, refreshed = await self._ports.grant.fresh(token), True
                continue
            if answer is not None and not _later(answer.status):
                return answer
            tries += 1
            await self._rest(answer, tries)

    async def _rest(self, answer: Answered | None, tries: int) -> None:
        """Wait for as long as the provider says, else by backoff; after the last try give up."""
        throttled = answer is not None and answer.status == 429
        wait = waits.told(answer.headers, self._pace.now()) if answer is not None else None
        if wait is not None:
            await self._ports.gate.silence(wait)
        if wait is None:
            wait = waits.backoff(tries, self._pace.chance)
        if tries >= TRIES:
            if throttled:
                raise RateLimited(self._pace.now() + timedelta(seconds=wait))
            raise Transient
        await self._pace.wait(wait)

    async def _once(self, asked: Asked, token: str, records: int) -> Answered | None:
        """One call, with its place in the limits and its row in the ledger. None: no whole answer came.

        Raises Transient while the provider is left alone, BudgetExceeded; then nothing is asked and nothing charged.
        """
        while wait := await self._ports.gate.take():
            await self._pace.wait(wait)
        # A host of its own: pictures that do not come keep nobody from the contacts.
        where, provider = origin(asked.url), self._manifest.provider
        breaker = self._ports.way.breaker(
            provider if where == self._home else f"{provider} {where}"
        )
        ticket = breaker.admit()
        if ticket is None:
            self._ports.count("resting")
            raise Transient
        try:
            answer = await self._charged(asked, token, records)
        except BaseException:
            breaker.dropped(ticket)
            raise
        well = answer is not None and answer.status < 500
        (breaker.succeeded if well else breaker.failed)(ticket)
        return answer

    async def _charged(self, asked: Asked, token: str, records: int) -> Answered | None:
        if not records or not self._manifest.cost_micro_usd:
            return await self._sent(asked, token)
        reserved = await self._ports.purse.reserve(records)
        answer = await self._sent(asked, token)
        # No whole answer: what it cost is not known, so the row stays at the most it may be.
        if answer is not None:
            await self._ports.purse.settle(reserved, self._cost(answer, records))
        return answer

    async def _sent(self, asked: Asked, token: str) -> Answered | None:
        """Raises ProviderChanged for an answer that no provider of ours gives: a redirect, or one beyond all bounds."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {**asked.headers, **bearer}
        try:
            answer = await self._ports.way.ask(
                self._manifest.provider, Asked(asked.method, asked.url, asked.params, headers)
            )
        except Lost:
            self._ports.count("lost")
            return None
        except Overlong:
            self._ports.count("overlong")
            raise ProviderChanged from None
        self._ports.count(f"{answer.status // 100}xx")
        if answer.status < 200 or 300 <= answer.status < 400:
            raise ProviderChanged
        return answer

    def _cost(self, answer: Answered, records: int) -> int:
        """Records that were paid for: none of a refusal, never more than were reserved."""
        if answer.status >= 300:
            return 0
        if self._ports.returned is None:
            return records
        return max(0, min(records, self._ports.returned(answer.body)))


def origin(url: str) -> str:
    """`scheme://host[:port]` in lower case; "" for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    where = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{where}" + (f":{port}" if port not in (None, usual) else "")


def _may_be_asked(url: str, origins: set[str]) -> bool:
    # A client that reads a URL another way than urlsplit does must not be led elsewhere: no backslash, no odd byte.
    return kinds.may_be_fetched(url) and "\\" not in url and origin(url) in origins


def _later(status: int) -> bool:
    return status in (408, 425, 429) or status >= 500
