"""Answers that go on: events as they come (server-sent events, WHATWG HTML 9.2), until all is said or somebody leaves.

A stream holds neither a place in a lane nor a connection of the database; how many there are is bounded by itself.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

from starlette.types import Receive, Send

from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Overloaded, RateLimited

EVENTS = "text/event-stream"
_RETRY_S = 5
Gone = Callable[[], bool]
Headers = list[tuple[bytes, bytes]]


class Streamed(Answer, frozen=True):
    """An answer whose body comes in parts. `parts` is given a question: whether nobody listens any more."""

    owner: OwnerId = OwnerId("")
    parts: Callable[[Gone], AsyncIterator[bytes]] | None = None


class Streams:
    """The streams of one process, counted."""

    def __init__(self) -> None:
        self._of: Counter[OwnerId] = Counter()

    def enter(self, owner: OwnerId) -> None:
        """One more. Raises RateLimited (429), Overloaded (503)."""
        if self._of[owner] >= limits.STREAMS_OF_ONE:
            raise RateLimited(_RETRY_S)
        if self._of.total() >= limits.STREAMS:
            raise Overloaded(_RETRY_S)
        self._of[owner] += 1

    def leave(self, owner: OwnerId) -> None:
        """One less."""
        self._of[owner] -= 1
        if not self._of[owner]:
            del self._of[owner]

    async def send(
        self, receive: Receive, send: Send, answer: Streamed, out: Headers, leaving: Gone
    ) -> None:
        """Send the answer part by part, until it ends, the client is gone or the process is `leaving`."""
        gone = asyncio.ensure_future(_gone(receive))
        try:
            out += [
                (name.lower().encode(), value.encode()) for name, value in answer.headers.items()
            ]
            await send({"type": "http.response.start", "status": answer.status, "headers": out})
            assert answer.parts is not None, "made with them"
            async for part in answer.parts(lambda: gone.done() or leaving()):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.leave(answer.owner)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
