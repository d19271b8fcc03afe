"""The real service as the devices of `driver` reach it: over a socket with a bad network in it, or in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from asking import Api
from faults import proxy
from faults.proxy import Proxy
from sync.device import Device
from sync.driver import Course, Run
from sync.protocol import Op, Page, Refused, Result

T = TypeVar("T")
Ask = Callable[[str, str, bytes, str | None], Awaitable[tuple[int, bytes]]]
_BATCH = "/v1/contacts:batch"


class Lost(Exception):
    """No answer came, or none that tells what happened."""


class OverHttp:
    """A Server (see `protocol`). `ask` sends method, path, body and Idempotency-Key; raises Lost."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        return results(*await self._ask("POST", _BATCH, _encoded(operations), key))

    async def changes(self, since: str | None, limit: int) -> Page:
        query = f"limit={limit}" + (f"&since={since}" if since else "")
        return page_of(*await self._ask("GET", f"/v1/changes?{query}", b"", None))


def _encoded(operations: Sequence[Op]) -> bytes:
    """As it is sent: of a patch not what the device wants the contact to be."""
    told = [
        {
            name: value
            for name in ("op", "id", "base", "patch", *(("card",) if op.op != "patch" else ()))
            if (value := getattr(op, name)) is not None
        }
        for op in operations
    ]
    return msgspec.json.encode({"operations": told})


def results(status: int, body: bytes) -> list[Result]:
    """Of a batch's answer. Raises Refused."""
    answer = _told(status, body)
    return [Result(one["status"], one.get("id"), one.get("etag")) for one in answer["results"]]


def page_of(status: int, body: bytes) -> Page:
    """Of the feed's answer. Raises Refused."""
    told = _told(status, body)
    return Page(told["changed"], told["removed"], told["more"], told["syncToken"])


def _told(status: int, body: bytes) -> Any:
    if status != 200:
        raise Refused(status)
    return msgspec.json.decode(body)


def in_process(api: Api) -> Ask:
    """The application without a socket."""

    async def ask(method: str, path: str, body: bytes, key: str | None) -> tuple[int, bytes]:
        headers = {"idempotency_key": key} if key is not None else {}
        told = await api(method, path, body=body, **headers)
        return told.status, told.body

    return ask


def through(port: int, token: str) -> Ask:
    """A client that opens a connection for each request."""

    async def ask(method: str, path: str, body: bytes, key: str | None) -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        head += f"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head += f"Idempotency-Key: {key}\r\n" if key is not None else ""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        try:
            writer.write(f"{head}\r\n".encode() + body)
            return split(await reader.read())
        except ConnectionResetError:
            raise Lost from None
        finally:
            writer.close()

    return ask


def split(answer: bytes) -> tuple[int, bytes]:
    """Status and body. Raises Lost: it is not whole, or says that the service was too busy to do anything."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or int(proxy.fields(head)["content-length"]) != len(body) or head[9:12] == b"503":
        raise Lost
    return int(head[9:12]), body


class NetworkRun(Run):
    """A history whose faults are those of the network between devices and service, one request on its way at a time.
    The oracle hears all that the service was asked and said, in that order, also what no device ever hears.
    """

    def __init__(self, token: str, network: Proxy, seed: int, course: Course) -> None:
        """`network` is open and in front of the service; `token` is one owner's, of whom nothing is there yet."""
        super().__init__(OverHttp(through(network.port, token)), seed, course)
        self.network = network
        self._sent: dict[str, list[Op]] = {}

    async def _calm(self) -> None:
        await self.network.calm()
        self._hear()

    async def _push(self, device: Device, fails: Callable[[], bool] | None = None) -> None:
        batch = device.outgoing()
        if batch is not None:
            key, self._sent[key] = batch
            told = await self._asked(self.server.batch(*batch))
            if told is not None:
                device.answered(key, told)

    async def _pull(self, device: Device, fails: Callable[[], bool] | None = None) -> None:
        more = True
        while more:
            page = await self._asked(
                self.server.changes(device.memory.token, self.rnd.randint(1, 7))
            )
            if page is None:
                return
            self._take(device, page)
            more = page.more

    async def _asked(self, question: Awaitable[T]) -> T | None:
        """The answer, if one came."""
        try:
            return await question
        except Lost:
            return None
        finally:
            self._hear()

    def _hear(self) -> None:
        heard, self.network.heard = self.network.heard, []
        for request, answer in heard:
            sent = proxy.fields(request)
            try:
                status, body = split(answer)
            except Lost:
                continue
            key = sent.get("idempotency-key")
            if key is not None:
                self.oracle.accepted(key, self._sent[key], results(status, body))
            else:
                query = parse_qs(urlsplit(request.split(b" ", 2)[1].decode()).query)
                since = query["since"][0] if "since" in query else None
                self.oracle.paged(since, int(query["limit"][0]), page_of(status, body))
