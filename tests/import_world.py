"""Files to import, and listeners to events: for tests of imports in several rooms."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec

from acting import Actor
from asking import Api, Reply
from contact_service.actions import edge, running, runs, spool, view
from contact_service.actions.runs import Asked
from contact_service.model.import_run import Import


def vcard(name: str, uid: str = "", **more: str) -> bytes:
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"N:{name};;;;"]
    lines += [f"UID:{uid}"] if uid else []
    lines += [f"{key.upper()}:{value}" for key, value in more.items()]
    return "\r\n".join([*lines, "END:VCARD", ""]).encode()


def book(count: int, start: int = 0, note: str = "") -> bytes:
    """That many cards, each with a uid of its own."""
    more = {"note": note} if note else {}
    return b"".join(
        vcard(f"P{n}", f"p-{n}", tel=f"+1415555{n:04d}", **more)
        for n in range(start, start + count)
    )


ODD = b"BEGIN:VCARD\r\nVERSION:9.0\r\nFN:Odd \xe9\r\nEND:VCARD\r\n"


async def send(api: Api, body: bytes, query: str = "", **more: Any) -> Reply:
    headers = {"content_type": "application/octet-stream", **more}
    return await api("POST", f"/v1/imports/files{query}", body=body, **headers)


async def names(api: Api) -> list[str]:
    found = (await api.get("/v1/contacts?limit=1000")).json["contacts"]
    return sorted(one["name"]["full"] for one in found)


async def until(true: Callable[[], Awaitable[object]], within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while not await true():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.01)


class Importer(Actor):
    """An owner who imports files, below any route."""

    async def begin(self, body: bytes, asked: Asked | None = None, **more: bool) -> Import:
        id_ = await self.read(runs.may_begin)
        taking = spool.Spool(self.house, self.owner, "test", id_)
        await taking.add(body)
        return await self(runs.begin_file, taking.ended(), asked or Asked(), **more)

    async def go(self, id_: UUID, **more: Any) -> running.Outcome:
        return await running.run(self.house, self.owner, "test", id_, **more)

    async def run(self, id_: UUID) -> Import:
        return await self.read(runs.get, id_)

    async def names(self) -> list[str]:
        book = await view.book(self.house, await edge.head(self.house, self.owner))
        return sorted(msgspec.json.decode(card.body)["name"]["full"] for card in book.cards)


class Events:
    """A listener to one stream; `read` gives events until the stream ends, or so many."""

    def __init__(self, api: Api, path: str, last: str = "") -> None:
        self.started = asyncio.Event()
        self.left = asyncio.Event()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.raw = b""
        self._task = asyncio.ensure_future(self._listen(api, path, last))

    async def _listen(self, api: Api, path: str, last: str) -> None:
        sent = [(b"authorization", f"Bearer {api.token}".encode())]
        sent += [(b"last-event-id", last.encode())] if last else []
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
        scope |= {"query_string": b"", "headers": sent, "client": ("127.0.0.1", 1), "state": {}}
        await api.app(scope, self._receive, self._send)

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            self.started.set()
            return
        self.raw += message.get("body", b"")
        for block in message.get("body", b"").split(b"\n\n"):
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
            if b"data" in fields:
                event = (fields[b"id"].decode(), msgspec.json.decode(fields[b"data"]))
                self.found.append(event)

    async def ended(self, within_s: float = 20) -> list[tuple[str, dict[str, Any]]]:
        async with asyncio.timeout(within_s):
            await self._task
        return self.found
