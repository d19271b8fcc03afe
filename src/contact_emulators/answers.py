"""What an emulator answers, what may be done to it on the way out, and how it travels."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from contact_emulators.knobs import Fault, Knob

UNCHECKED = "-"
"""In place of a schema: the answer is checked against none, though it is an error."""


@dataclass(frozen=True)
class Answer:
    """`body`: JSON, or bytes that go out as they are. `schema`: the published schema it must be; "" is the provider's
    for errors where it is one, and none where it is not.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    schema: str = ""


@dataclass(frozen=True)
class Listing:
    """Where a page of a list has its parts: the items, the next token, and the query parameter that takes it; with
    `next_is_link` the token is a whole URL. `next` "": it lies deeper, and the emulator spoils it itself.
    """

    items: str
    next: str
    parameter: str = ""
    next_is_link: bool = False


def spoiled(answer: Answer, listing: Listing | None, knobs: list[Knob], asked: str) -> Answer:
    """The answer with its JSON changed by the faults that any list can have. `asked`: the token or URL sent."""
    if listing is None or answer.status != 200:
        return answer
    body = dict(answer.body)
    for knob in knobs:
        _spoil(body, listing, knob, asked)
    return replace(answer, body=body)


def _spoil(body: dict[str, Any], listing: Listing, knob: Knob, asked: str) -> None:
    items = list(body.get(listing.items, ()))
    match knob.fault:
        case Fault.REPLAYED_ITEM if items:
            body[listing.items] = [*items, items[-1]]
        case Fault.ENDLESS if listing.next:
            body[listing.next] = asked or body.get(listing.next, "again")
        case Fault.FOREIGN_LINK if listing.next:
            body[listing.next] = knob.value or "https://elsewhere.example/next"
        case Fault.WRONG_SHAPE:
            body[listing.items] = {"not": "a list"}
        case Fault.UNKNOWN_FIELD if items:
            body[listing.items] = [{**items[0], knob.value or "novelty": "new"}, *items[1:]]
        case Fault.WRONG_TYPE if items:
            wrong = knob.value or next(
                name for name in items[0] if name not in {"id", "resourceName"}
            )
            body[listing.items] = [{**items[0], wrong: 7}, *items[1:]]


def on_the_wire(answer: Answer, knobs: list[Knob]) -> Response:
    """The answer as it travels: whole, slow, cut or truncated."""
    headers = dict(answer.headers)
    body = answer.body
    if not isinstance(body, bytes):
        body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json; charset=UTF-8")
    for knob in knobs:
        match knob.fault:
            case Fault.TRUNCATED:
                body = body[: len(body) * 2 // 3]
            case Fault.CUT:
                return _Cut(body, answer.status, headers)
            case Fault.SLOW_BODY:
                return _Slow(body, answer.status, headers, float(knob.value or 1))
    return Response(body, answer.status, headers)


class _Cut(Response):
    """Half of the promised bytes; then the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        half = bytes(self.body)[: len(self.body) // 2]
        await send(start)
        await send({"type": "http.response.body", "body": half, "more_body": True})


class _Slow(Response):
    """Ten pieces over `seconds`."""

    def __init__(self, body: bytes, status: int, headers: dict[str, str], seconds: float) -> None:
        super().__init__(body, status, headers)
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        body = bytes(self.body)
        size = max(1, -(-len(body) // 10))
        for place in range(0, len(body), size):
            await asyncio.sleep(self._seconds / 10)
            piece = body[place : place + size]
            more = place + size < len(body)
            await send({"type": "http.response.body", "body": piece, "more_body": more})
