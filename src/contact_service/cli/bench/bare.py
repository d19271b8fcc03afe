"""The bare server that ours is compared with: uvicorn, uvloop, httptools, and an ASGI application of a dozen lines.

`python -m contact_service.cli.bench.bare FILE`: the file is a MessagePack map of path to body. Prints its port.
"""

import gc
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

Message = dict[str, Any]


class Bare:
    """Answers each path with its bytes, and everything else with `hello`."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self._starts = {path: _start(body) for path, body in bodies.items()}
        self._ends = {
            path: {"type": "http.response.body", "body": body} for path, body in bodies.items()
        }
        self._hello = (_start(b"hello"), {"type": "http.response.body", "body": b"hello"})

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request (ASGI)."""
        del receive
        path = scope["path"]
        end = self._ends.get(path)
        if end is None:
            await send(self._hello[0])
            await send(self._hello[1])
            return
        await send(self._starts[path])
        await send(end)


def _start(body: bytes) -> Message:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def main() -> None:
    """Serve until ended."""
    bodies = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=dict[str, bytes])
    bound = socket.create_server(("127.0.0.1", 0), backlog=2048)
    sys.stdout.write(f"{bound.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        Bare(bodies),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    # The same peace from the collector as ours has (performance.md 2), so that this is not what is compared.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main()
