"""Fetching a JWKS from a real server on loopback: at most once a minute, bounded, no redirect followed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contact_service.integrations import jwks
from contact_service.integrations.jwks import KeySetUrl

BODY = b'{"keys":[]}'


class Issuer:
    """An HTTP server that answers every request with the same bytes, and counts."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        writer.write(self.answer)
        writer.close()


def _answer(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@asynccontextmanager
async def _issuer(answer: bytes) -> AsyncIterator[Issuer]:
    issuer = Issuer(answer)
    server = await asyncio.start_server(issuer.serve, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    try:
        yield issuer
    finally:
        server.close()
        await server.wait_closed()


async def test_the_set_is_fetched_as_it_stands() -> None:
    async with _issuer(_answer(BODY)) as issuer:
        source = KeySetUrl(issuer.url)
        assert await source.fetch(0.0) == BODY
        assert source.last_error == ""


async def test_it_is_asked_at_most_once_a_minute() -> None:
    async with _issuer(_answer(BODY)) as issuer:
        source = KeySetUrl(issuer.url)
        found = await asyncio.gather(*(source.fetch(0.0) for _ in range(5)))
        assert sorted(one is None for one in found) == [False, True, True, True, True]
        assert await source.fetch(59.9) is None
        assert issuer.asked == 1
        assert await source.fetch(60.0) == BODY


@pytest.mark.parametrize(
    "answer",
    [
        _answer(b"", "500 Oops"),
        _answer(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"),
        _answer(b"x" * (jwks.LARGEST_BYTES + 1)),
        b"garbage\r\n\r\n",
        b"",
    ],
    ids=["500", "redirect", "large", "garbage", "cut"],
)
async def test_another_answer_is_none_and_also_waits_a_minute(answer: bytes) -> None:
    async with _issuer(answer) as issuer:
        source = KeySetUrl(issuer.url)
        assert await source.fetch(0.0) is None
        assert source.last_error
        assert await source.fetch(30.0) is None
        assert issuer.asked == 1


async def test_an_issuer_that_is_down_is_none() -> None:
    async with _issuer(b"") as issuer:
        url = issuer.url
    source = KeySetUrl(url)
    assert await source.fetch(0.0) is None
    assert source.last_error == "ConnectError"


async def test_a_silent_issuer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "_TOTAL_S", 0.05)

    class Silent(Issuer):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

    issuer = Silent(b"")
    server = await asyncio.start_server(issuer.serve, "127.0.0.1", 0)
    source = KeySetUrl(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert await source.fetch(0.0) is None
    assert source.last_error == "TimeoutError"
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "url", ["http://id.example.org/", "ftp://127.0.0.1/", "", "https://u:p@h/"]
)
def test_only_https_or_loopback_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match="by https"):
        KeySetUrl(url)
