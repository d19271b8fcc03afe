"""A request's body as it arrives: refused by its announced size before it is read, counted while it is."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive

from contact_service.endpoints import limits
from contact_service.endpoints.routes import Body
from contact_service.model.problem import Malformed, TooLarge, UnsupportedFormat


def check(body: Body, headers: dict[bytes, bytes]) -> None:
    """What the headers tell. Raises UnsupportedFormat (415), TooLarge (413), Malformed (400)."""
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise UnsupportedFormat(("identity",), "Send the body without a Content-Encoding.")
    if not body.streamed and media(headers) not in body.kinds:
        raise UnsupportedFormat(tuple(body.kinds))
    announced = headers.get(b"content-length")
    if announced is not None:
        sized(announced, body.most_bytes)


def sized(announced: bytes, most_bytes: int) -> None:
    """The Content-Length that was sent. Raises TooLarge (413), Malformed (400)."""
    if not announced.isdigit():
        raise Malformed("Content-Length is no number.")
    # Compared by length first: Python refuses to read numbers of thousands of digits.
    if len(announced.lstrip(b"0")) > 12 or int(announced) > most_bytes:
        raise TooLarge(most_bytes, "bytes")


def media(headers: dict[bytes, bytes]) -> str:
    """The request's media type without parameters, in lower case; JSON when it names none, and for `…+json`."""
    sent = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    if not sent or sent.endswith("+json"):
        return "application/json"
    return "text/vcard" if sent in {"text/x-vcard", "text/directory"} else sent


async def pieces(receive: Receive, most_bytes: int) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises as `whole`; the time that the taker needs is no pause of the sender's."""
    size = 0
    more = True
    while more:
        try:
            async with asyncio.timeout(limits.IDLE_BODY_S):
                message = await receive()
        except TimeoutError:
            raise Malformed("The body did not arrive in time.") from None
        if message["type"] == "http.disconnect":
            raise Malformed("The body was cut short.")
        part = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise TooLarge(most_bytes, "bytes")
        more = message.get("more_body", False)
        if part:
            yield part


async def whole(receive: Receive, most_bytes: int) -> bytes:
    """All of the body. Raises TooLarge (413), Malformed (400) when it is cut short or pauses for 10 s."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.IDLE_BODY_S) as pause:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Malformed("The body was cut short.")
                part = message.get("body", b"")
                size += len(part)
                if size > most_bytes:
                    raise TooLarge(most_bytes, "bytes")
                if not message.get("more_body", False):
                    return b"".join((*parts, part)) if parts else part
                parts.append(part)
                pause.reschedule(asyncio.get_running_loop().time() + limits.IDLE_BODY_S)
    except TimeoutError:
        raise Malformed("The body did not arrive in time.") from None
