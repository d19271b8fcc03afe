"""uvicorn's HTTP/1.1 protocol with bounds on the head of a request, which uvicorn itself does not have.

A head is bounded in bytes, in lines and in time; the body's bounds are the endpoints' own (endpoints/limits.py).
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEAD_BYTES = 65_536
HEAD_LINES = 200
HEAD_S = 10.0
_BODY = b'{"type":"/docs/problems/malformed","title":"The request cannot be read","status":%d,"detail":"%s"}'


class TooLong(Exception):
    """The head of a request is over a bound."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._waits = True
        self._since = self.loop.time()
        self._head = 0
        self._over = False

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a head that has grown too long without an end ends the connection."""
        super().data_received(data)
        if self._waits and not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self._over = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._waits = True
        self._since = self.loop.time()
        self._head = 0

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._waits = False
        if len(self.headers) > HEAD_LINES:
            self._over = True
            raise TooLong  # becomes a parser error, hence send_400_response
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer 400, or 431 for a head over a bound (RFC 6585 5), as a Problem; the connection ends."""
        status, reason = (400, "Bad Request") if not self._over else (431, "Too Large")
        detail = b"The head of the request is too long." if self._over else b"This is not HTTP/1.1."
        body = _BODY % (status, detail)
        head = (
            f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def slow(self, now: float) -> bool:
        """Whether its head is overdue at `now` (the loop's clock)."""
        return self._waits and now - self._since > HEAD_S

    def end(self) -> None:
        """Cut the connection: there is nobody to tell."""
        self.transport.abort()


async def end_slow(state: ServerState) -> None:
    """Cut connections whose head is overdue; run it for as long as we serve. One look a second costs nothing."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(1)
        now = loop.time()
        for connection in list(state.connections):
            if isinstance(connection, Protocol) and connection.slow(now):
                connection.end()
