"""A bad network in front of an HTTP server: requests and answers get lost, are torn, come twice, late, in another order.

What becomes of each request is drawn from one seed when it arrives. What the server heard and said is kept, also where
the client never learns of it.
"""

import asyncio
import random
from collections import Counter
from types import TracebackType
from typing import NamedTuple, Self

_BOUND = 16_000_000


class Exchange(NamedTuple):
    """A request as the server got it and the whole of its answer: heads and bodies as they were on the wire."""

    request: bytes
    answer: bytes


class Proxy:
    """Listens on `port` while it is open; one request a connection. `loss`: the chance of each kind of fault."""

    def __init__(self, server: int, rnd: random.Random, loss: float) -> None:
        """`server` is the port of the real one."""
        self.loss = loss
        self.heard: list[Exchange] = []
        self.fates: Counter[str] = Counter()
        self._server = server
        self._rnd = rnd
        self._held: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_BOUND)
        self.port: int = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._listening.close()
        await self._listening.wait_closed()

    async def calm(self) -> None:
        """No more faults; what was held comes now, in any order."""
        self.loss = 0.0
        while self._held:
            await self._let_one_go()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await self._answer(await message(reader)))
            await writer.drain()
        except OSError:
            self.fates["client gone"] += 1
        finally:
            writer.close()

    async def _answer(self, request: bytes) -> bytes:
        """What the client gets back; nothing, when it is to think that the line is dead."""
        if self._held and self._rnd.random() < self.loss:
            await self._let_one_go()
        fate = self._drawn()
        self.fates[fate] += 1
        match fate:
            case "request lost":
                return b""
            case "request torn":
                await self._tear(request[: self._rnd.randrange(1, len(request))])
                return b""
            case "held":
                self._held.append(request)
                return b""
            case "answer lost":
                await self._forward(request)
                return b""
            case "answer torn":
                answer = await self._forward(request)
                return answer[: self._rnd.randrange(len(answer))]
            case "twice":
                first, _ = await asyncio.gather(self._forward(request), self._forward(request))
                return first
        return await self._forward(request)

    def _drawn(self) -> str:
        at = self._rnd.random()
        faults = ("request lost", "request torn", "held", "answer lost", "answer torn", "twice")
        return next((f for n, f in enumerate(faults, 1) if at < n * self.loss), "whole")

    async def _let_one_go(self) -> None:
        await self._forward(self._held.pop(self._rnd.randrange(len(self._held))))

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._server, limit=_BOUND)
        writer.write(request)
        answer = await message(reader)
        writer.close()
        self.heard.append(Exchange(request, answer))
        return answer

    async def _tear(self, part: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self._server)
        writer.write(part)
        writer.close()
        await writer.wait_closed()


async def message(reader: asyncio.StreamReader) -> bytes:
    """A message with its body, whose length it says (RFC 9112 6.3); torn ones as far as they came."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    told = fields(head).get("content-length", "0")
    try:
        return head + await reader.readexactly(int(told))
    except asyncio.IncompleteReadError as error:
        return head + error.partial


def fields(sent: bytes) -> dict[str, str]:
    """The header fields of a message, by lower-case name."""
    lines = sent.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
