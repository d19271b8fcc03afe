"""The load generator: a program of its own, on its own processor, that keeps a number of requests open.

It reads jobs from stdin and answers each on stdout, one JSON line each. Requests are prebuilt bytes; of an answer only
the status and Content-Length are read, so that one processor can keep a fast server busy.
"""

import gc
import selectors
import socket
import sys
import time
from itertools import cycle
from pathlib import Path

import msgspec

_ROOM = 262_144
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Job(msgspec.Struct, frozen=True):
    """`file`: the requests, a MessagePack list of bytes, sent in turn for `seconds` (0: once), `open` at a time."""

    host: str
    port: int
    file: str
    seconds: float
    expect: int = 200
    open: int = 32


class Done(msgspec.Struct, frozen=True):
    """What came back. `failures`: answers of another status than the one expected."""

    requests: int
    failures: int
    seconds: float
    bytes: int


class Broken(Exception):
    """An answer that cannot be read, or a connection that was closed."""


class Line:
    """One connection with one request open."""

    __slots__ = ("left", "sock", "status")

    def __init__(self, host: str, port: int) -> None:
        self.sock = socket.create_connection((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = -1
        self.status = 0

    def ask(self, request: bytes) -> None:
        """Send a request: small, and the last answer is in, so the kernel takes it whole."""
        self.left = -1
        self.sock.sendall(request)

    def take(self, buffer: bytearray) -> tuple[int, bool]:
        """Read what is there: how many bytes, and whether the answer is whole now. Raises Broken."""
        got = self.sock.recv_into(buffer)
        if not got:
            raise Broken("the server closed a connection")
        if self.left >= 0:
            self.left -= got
        else:
            self.status, self.left = head(bytes(buffer[: min(got, 4096)]), got)
        return got, self.left == 0


def head(start: bytes, got: int) -> tuple[int, int]:
    """(status, bytes still to come) of an answer of which `got` bytes are here, `start` the first. Raises Broken."""
    end = start.find(_HEAD_END)
    if end < 0:
        raise Broken("an answer's head did not come in one piece")
    status = int(start[9:12])
    at = start.find(_LENGTH, 0, end)
    if at < 0:
        at = start[:end].lower().find(_LENGTH)
    if at < 0 or status == 304:
        return status, 0
    length = int(start[at + len(_LENGTH) : start.find(b"\r\n", at)])
    return status, end + len(_HEAD_END) + length - got


def run(job: Job) -> Done:
    """Carry out one job. Raises Broken, OSError."""
    requests: list[bytes] = msgspec.msgpack.decode(Path(job.file).read_bytes(), type=list[bytes])
    lines = [Line(job.host, job.port) for _ in range(job.open)]
    try:
        with selectors.EpollSelector() as ready:
            for line in lines:
                ready.register(line.sock, selectors.EVENT_READ, line)
            return _drive(job, requests, lines, ready)
    finally:
        for line in lines:
            line.sock.close()


def _drive(
    job: Job, requests: list[bytes], lines: list[Line], ready: selectors.EpollSelector
) -> Done:
    buffer = bytearray(_ROOM)
    following = cycle(requests)
    started = time.perf_counter()
    until = started + job.seconds if job.seconds else 0.0
    asked = done = failures = size = 0
    for line in lines[: len(requests)]:
        line.ask(next(following))
        asked += 1
    while done < asked:
        now = time.perf_counter()
        for key, _ in ready.select():
            line = key.data
            got, whole = line.take(buffer)
            size += got
            if not whole:
                continue
            done += 1
            failures += line.status != job.expect
            if now < until if until else asked < len(requests):
                line.ask(next(following))
                asked += 1
    return Done(done, failures, time.perf_counter() - started, size)


def main() -> None:
    """Take jobs until stdin ends."""
    gc.disable()
    for text in sys.stdin.buffer:
        done = run(msgspec.json.decode(text, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
