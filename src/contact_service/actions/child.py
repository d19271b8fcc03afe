"""A child process that is asked over pipes: frames in, frames out. What it runs is a module that confines itself."""

import contextlib
import os
import subprocess
import sys
from typing import BinaryIO


class Died(Exception):
    """The child is no more, and did not say why."""


class Child:
    """One child process. `send` and `read` run in a thread, the rest on the loop."""

    def __init__(self, module: str) -> None:
        """`module` is run as `python -m module PID`, PID being ours; it gets no environment of ours."""
        paths = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
        self._popen = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            [sys.executable, "-P", "-m", module, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", **paths},
        )

    def send(self, *parts: bytes) -> None:
        """Write a frame. Raises Died."""
        pipe = self._popen.stdin
        assert pipe is not None
        try:
            for part in parts:
                pipe.write(part)
            pipe.flush()
        except (OSError, ValueError):
            raise Died from None

    def read(self, size: int) -> bytes:
        """`size` bytes of an answer. Raises Died."""
        pipe: BinaryIO | None = self._popen.stdout  # type: ignore[assignment]  # typeshed says IO[bytes]
        assert pipe is not None
        try:
            found = pipe.read(size)
        except (OSError, ValueError):
            raise Died from None
        if len(found) < size:
            raise Died
        return found

    def kill(self) -> None:
        """End it, though a thread may wait for its answer."""
        self._popen.kill()

    def end(self) -> None:
        """End it and clear it away. Blocks for the moment that takes."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent is not wanted any more
                    pipe.close()
