"""Calling a neighbour over a real connection: bounded, strict, and silent about what it was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from contact_service.integrations.breaker import FAILURES, State
from contact_service.integrations.neighbour import Call, Neighbour, NeighbourAway


class Told(msgspec.Struct):
    n: int


DECODER = msgspec.json.Decoder(Told)
Answer = Callable[[bytes], bytes]


def whole(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


class Server:
    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.url = ""
        self.silent = False
        self.at_once = 0
        self.most = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.came = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(head)
                self.at_once += 1
                self.most = max(self.most, self.at_once)
                self.came.set()
                await self.hold.wait()
                if self.silent:
                    await reader.read()
                self.at_once -= 1
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[Server]:
    made = Server(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


@asynccontextmanager
async def asking(url: str, **more: float) -> AsyncIterator[Neighbour]:
    neighbour = Neighbour(url, **more)  # type: ignore[arg-type]  # figures of a test
    yield neighbour
    await neighbour.aclose()


async def why(neighbour: Neighbour, call: Call | None = None) -> str:
    with pytest.raises(NeighbourAway) as refused:
        await neighbour.ask(call or Call("/"), DECODER)
    assert str(refused.value) == refused.value.slug
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    return refused.value.slug


async def test_an_answer_is_read_by_its_type() -> None:
    async with (
        serving(whole(b'{"n":7,"more":[]}', more="X-Y: z\r\n")) as server,
        asking(server.url) as it,
    ):
        told = await it.ask(Call("/p", params={"q": "+1"}, headers={"X-A": "b"}), DECODER)
    assert (told.status, told.value, told.headers["x-y"]) == (200, Told(7), "z")
    [head] = server.asked
    assert head.startswith(b"GET /p?q=%2B1 HTTP/1.1\r\n")
    assert b"accept-encoding: identity" in head.lower()
    assert b"x-a: b" in head.lower()


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        (whole(b'{"n":"7"}'), "wrong-schema"),
        (whole(b'{"n":7'), "wrong-schema"),
        (whole(b"[" * 100_000), "too-large"),
        (whole(b"[" * 60_000), "wrong-schema"),
        (whole(b'{"n":7}', more="Content-Encoding: gzip\r\n"), None),
        (whole(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"), "status"),
        (whole(b'{"n":7}', "201 Created"), "status"),
        (whole(b"", "429 Too Many"), "throttled"),
        (whole(b"", "401 No"), "refused"),
        (whole(b"", "403 No"), "refused"),
        (whole(b"", "500 Oops"), "status"),
        (b"garbage\r\n\r\n", "unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "timeout"),
    ],
    ids=[
        "type", "cut", "large", "deep", "named-gzip", "redirect", "201", "429", "401", "403", "500", "garbage",
        "short",
    ],
)  # fmt: skip
async def test_nothing_of_another_answer_is_used(answer: bytes, slug: str | None) -> None:
    async with serving(answer) as server, asking(server.url, total_s=0.5) as it:
        if slug is None:
            # Nothing inflates: what came is read as it is.
            assert (await it.ask(Call("/"), DECODER)).value == Told(7)
        else:
            assert await why(it) == slug
        assert len(server.asked) == 1


async def test_a_status_without_a_value_is_one_only_where_it_is_expected() -> None:
    async with serving(whole(b"whatever", "404 None")) as server, asking(server.url) as it:
        told = await it.ask(Call("/", empty=frozenset({404})), DECODER)
        assert (told.status, told.value) == (404, None)
        assert await why(it) == "status"


async def test_five_failures_and_it_is_left_alone() -> None:
    async with serving(whole(b"", "500 Oops")) as server, asking(server.url) as it:
        slugs = [await why(it) for _ in range(FAILURES + 2)]
        assert slugs == ["status"] * FAILURES + ["resting"] * 2
        assert len(server.asked) == FAILURES
        assert it.resting


async def test_a_neighbour_that_is_down_or_silent_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with asking(url) as it:
        assert await why(it) == "unreachable"
    async with serving(b"") as server, asking(server.url, total_s=0.1) as it:
        server.silent = True
        assert await why(it) == "timeout"


async def test_not_more_calls_than_allowed_run_at_once() -> None:
    async with (
        serving(whole(b'{"n":1}')) as server,
        asking(server.url, at_once=3, total_s=20) as it,
    ):
        server.hold.clear()
        calls = [asyncio.ensure_future(it.ask(Call("/"), DECODER)) for _ in range(12)]
        while server.at_once < 3:
            server.came.clear()
            await asyncio.wait_for(server.came.wait(), 20)
        server.hold.set()
        await asyncio.gather(*calls)
        assert (len(server.asked), server.most) == (12, 3)


async def test_who_goes_away_is_no_failure_of_the_neighbour() -> None:
    async with serving(whole(b'{"n":1}')) as server, asking(server.url, total_s=20) as it:
        server.hold.clear()
        for _ in range(FAILURES + 1):
            call = asyncio.ensure_future(it.ask(Call("/"), DECODER))
            server.came.clear()
            await asyncio.wait_for(server.came.wait(), 20)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        assert it.breaker.state is State.CLOSED
        server.hold.set()


@pytest.mark.parametrize("url", ["http://h.example.org", "ftp://127.0.0.1", "https://u:p@h"])
def test_only_https_or_loopback_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match="by https"):
        Neighbour(url)


async def test_the_environment_chooses_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with serving(whole(b'{"n":1}')) as server, asking(server.url) as it:
        assert (await it.ask(Call("/"), DECODER)).value == Told(1)
