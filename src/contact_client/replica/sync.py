"""The loop that keeps a book in step: what waits is sent, then what is new is fetched.

Sent before fetched: while a batch may have been carried out unheard, a page could bring what it made as a stranger's.
"""

import asyncio
import contextlib
from collections.abc import Callable

from contact_client import batches
from contact_client.client import Client
from contact_client.problems import (
    PASSING,
    ContactsError,
    Malformed,
    SyncTokenExpired,
    SyncTokenFuture,
    TooLarge,
    Unprocessable,
)
from contact_client.replica.book import Book
from contact_client.replica.exchange import Exchange, Refusal
from contact_client.values import Conflict

# The batch as a whole: halved until the one draft is found that it is about.
_DIVISIBLE = (Malformed, TooLarge, Unprocessable)


def _unheard(_: object) -> None:
    pass


class SyncLoop:
    """Keeps `book` in step with the service. `on_conflict` is told what an edit replaced or kept of another device's,
    `on_problem` what the service will not take, `on_error` why an attempt of `run` failed; after a crash the first two
    may be told again. They must not wait for the book.
    """

    def __init__(
        self,
        client: Client,
        book: Book,
        *,
        on_conflict: Callable[[Conflict], None] = _unheard,
        on_problem: Callable[[Refusal], None] = _unheard,
        on_error: Callable[[ContactsError], None] = _unheard,
        page: int = 500,
    ) -> None:
        """`page` is how many rows of the feed are fetched at once, 1 to 1000."""
        self._client = client
        self._exchange = Exchange(book, on_conflict, on_problem)
        self._book = book
        self._on_error = on_error
        self._page = page
        self._running = asyncio.Lock()
        self._wanted = asyncio.Event()

    async def once(self) -> None:
        """Send all that waits, fetch all that is new. Raises Problem and Unreachable; what was done until then stays,
        and the next call goes on from there.
        """
        async with self._running:
            await self._send()
            await self._fetch()
            # Edits made on what was on its way could not leave before the page that told what became of that.
            while await self._send():
                await self._fetch()

    async def run(self, every_s: float = 60.0) -> None:
        """`once`, every so many seconds and when `poke` asks, until cancelled. Raises what no attempt can mend."""
        while True:
            self._wanted.clear()
            try:
                await self.once()
            except PASSING as error:
                self._on_error(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), every_s)

    def poke(self) -> None:
        """Do not wait: the owner edited, or the network is back."""
        self._wanted.set()

    async def _send(self) -> bool:
        """Whether anything left."""
        most, left = batches.MOST, False
        while (flight := await self._exchange.depart(most)) is not None:
            left = True
            try:
                answer = await self._client.send_batch(flight.body, flight.key)
            except _DIVISIBLE as problem:
                await self._exchange.withdraw(flight, problem)
                most = max(1, len(flight.seqs) // 2)
                continue
            await self._exchange.land(flight, answer.results)
            _raise_passing(answer.results)
        return left

    async def _fetch(self) -> None:
        more = True
        while more:
            token = (await self._book.store.mark()).token
            try:
                page = await self._client.changes(token, limit=self._page)
            except (SyncTokenExpired, SyncTokenFuture) as problem:
                await self._exchange.start_over()
                # After a restore every device starts again: the service spreads them.
                await self._client.wire.retry.sleep(problem.retry_after_s or 0.0)
                continue
            await self._exchange.arrive(page)
            more = page.more


def _raise_passing(outcomes: tuple[batches.Outcome, ...]) -> None:
    for outcome in outcomes:
        if isinstance(outcome.problem, PASSING):
            raise outcome.problem
