"""The small parts: numbers shown, the socket, the bounds of a request's head, the tuning of a process."""

import asyncio
import gc
import socket
import subprocess
import sys

import pytest
from uvicorn.server import Server

from acting import make_house
from contact_service.settings.environment import load
from contact_service.wiring import gauges, listening, protocol, serving, tuning
from contact_service.wiring.listening import CannotListen
from contact_service.wiring.protocol import HEAD_BYTES, HEAD_LINES, HEAD_S, Protocol
from faults.running import environ


def test_a_scrape_shows_what_the_caches_count_themselves(db):
    house = make_house(db)
    metrics = gauges.Gauges()
    house = type(house)(
        **{name: getattr(house, name) for name in house.__slots__} | {"metrics": metrics}
    )
    gauges.watch(house)
    house.snapshots.hits = 7
    told = metrics.render().decode()
    assert 'contacts_cache_hits_total{cache="snapshots"} 7.0' in told
    assert 'contacts_cache_used_bytes{cache="snapshots"} 0.0' in told
    assert "contacts_open_keys_entries 0.0" in told


def test_a_taken_port_is_told_with_the_way_out():
    with listening.bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {port} on 127.0.0.1 is in use"):
            listening.bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_foreign_address_is_told(host):
    with pytest.raises(CannotListen, match="is no address of this machine"):
        listening.bind(host, 0)


def test_an_address_of_version_6_is_shown_in_brackets():
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
        assert listening.url(bound, "::1") == f"http://[::1]:{port}"
        assert listening.url(bound, "localhost") == f"http://localhost:{port}"


async def hello(scope, receive, send):
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"hi"})


class Line(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.told, self.closed, self.aborted = b"", False, False

    def write(self, data):
        self.told += data

    def close(self):
        self.closed = True

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def abort(self):
        self.aborted = True

    def is_closing(self):
        return self.closed


async def answered(connection):
    async with asyncio.timeout(2):
        while b"hi" not in connection.transport.told and not connection.transport.closed:  # noqa: ASYNC110 - the transport raises no event
            await asyncio.sleep(0)
    return connection.transport.told


async def test_an_ordinary_request_is_answered():
    made = a_connection()
    made.data_received(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await answered(made)).startswith(b"HTTP/1.1 200 OK")
    assert not made.slow(made.loop.time() + 1000)


async def test_a_head_of_too_many_bytes_is_431():
    made = a_connection()
    made.data_received(b"GET / HTTP/1.1\r\nx: " + b"a" * (HEAD_BYTES // 2))
    assert not made.transport.closed
    made.data_received(b"a" * HEAD_BYTES)
    assert made.transport.told.startswith(b"HTTP/1.1 431 ")
    assert made.transport.closed


async def test_a_head_of_too_many_lines_is_431():
    made = a_connection()
    lines = b"".join(b"x%d: y\r\n" % n for n in range(HEAD_LINES + 1))
    made.data_received(b"GET / HTTP/1.1\r\n" + lines + b"\r\n")
    assert made.transport.told.startswith(b"HTTP/1.1 431 ")
    assert made.transport.closed


async def test_a_long_body_is_no_long_head():
    made = a_connection()
    made.data_received(b"POST / HTTP/1.1\r\ncontent-length: 500000\r\n\r\n" + b"a" * 200_000)
    made.data_received(b"a" * 300_000)
    assert (await answered(made)).startswith(b"HTTP/1.1 200 OK")


async def test_a_connection_that_says_nothing_or_never_ends_its_head_is_slow():
    made = a_connection()
    assert not made.slow(made.loop.time() + HEAD_S - 1)
    assert made.slow(made.loop.time() + HEAD_S + 1)
    made.data_received(b"GET / HTTP/1.1\r\nx: ")
    assert made.slow(made.loop.time() + HEAD_S + 1)
    made.end()
    assert made.transport.aborted


def a_connection():
    config = serving.config(hello, load({}))
    config.load()
    made = Protocol(config, Server(config).server_state, {}, asyncio.get_running_loop())
    made.connection_made(Line())
    return made


def test_proxies_are_believed_where_named_only():
    assert serving.config(hello, load({})).proxy_headers is False
    named = serving.config(hello, load({"CONTACT_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}))
    assert named.proxy_headers is True
    assert named.forwarded_allow_ips == ["10.0.0.0/8", "::1/128"]


async def test_a_failing_chore_ends_the_service():
    async def fails():
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        await serving._beside(asyncio.sleep(60), [fails])


def test_the_collector_looks_away_after_tuning():
    program = (
        "import gc; from contact_service.wiring import tuning; tuning.warm(); tuning.quiet_gc(); "
        "print(gc.get_threshold(), gc.get_freeze_count() > 10_000)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env=environ(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == "(100000, 50, 100) True\n"
    assert gc.get_threshold() != (100_000, 50, 100)
    assert callable(tuning.warm)


def test_endless_watching_of_slow_heads_cuts_them():
    async def watched():
        made = a_connection()
        state = Server(serving.config(hello, load({}))).server_state
        state.connections.add(made)
        made._since -= HEAD_S + 1
        task = asyncio.ensure_future(protocol.end_slow(state))
        async with asyncio.timeout(5):
            while not made.transport.aborted:  # noqa: ASYNC110 - the watcher raises no event
                await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(watched())
