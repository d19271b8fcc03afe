"""The darkroom: pictures of strangers are developed by a child process, which may die of them (reliability.md T12).

What a header tells is refused here, before a child sees it. A child is started when the first picture comes and lives
until none came for a minute; it runs `actions.developing`.
"""

import asyncio
import contextlib
import hashlib
import os
import struct
import subprocess
import sys
import weakref
from collections import OrderedDict

from contact_service.actions.developing import ANSWERED, ASKED
from contact_service.formats import images
from contact_service.formats.images import Picture
from contact_service.model.problem import InvalidPhoto, TooLarge, UnsupportedFormat

AT_ONCE = 2
"""Pictures developed at once, a process: each may take up to 768 MiB for two seconds."""
PATIENCE_S = 30.0
REST_S = 60.0
REMEMBERED_BYTES = 32_000_000
_MODULE = "contact_service.actions.developing"


class Darkroom:
    """Develops pictures; one a process. What was developed is remembered for a minute: a story asks before its
    transaction, and then again within it.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """A child that takes longer than `patience_s` for a picture is ended."""
        self._patience_s = patience_s
        self._places = asyncio.Semaphore(AT_ONCE)
        self._idle: list[_Child] = []
        self._running: set[_Child] = set()
        self._made: OrderedDict[bytes, Picture] = OrderedDict()
        self._made_bytes = 0
        self._rest: asyncio.TimerHandle | None = None
        # Also without `close`, and at the interpreter's end: nothing is left running.
        self._end = weakref.finalize(self, _end, self._running)

    async def develop(self, raw: bytes) -> Picture:
        """A small plain JPEG of the picture: the same bytes for the same bytes.

        Raises UnsupportedFormat (415), TooLarge (413): over 40 million pixels, InvalidPhoto (422).
        """
        _check(raw)
        digest = hashlib.blake2b(raw, digest_size=32).digest()
        found = self._made.get(digest)
        if found is None:
            async with self._places:
                found = await self._developed(raw)
            self._remember(digest, found)
        self._rest_later()
        return found

    def close(self) -> None:
        """End the children and forget what they made."""
        if self._rest is not None:
            self._rest.cancel()
        _end(self._running)
        self._idle.clear()
        self._made.clear()
        self._made_bytes = 0

    async def _developed(self, raw: bytes) -> Picture:
        if self._idle:
            try:
                return await self._ask(self._idle.pop(), raw)
            except _Died:
                pass  # perhaps long before this picture: a fresh one shall judge it
        try:
            return await self._ask(self._start(), raw)
        except _Died:
            raise InvalidPhoto("It takes too much to read it.") from None

    async def _ask(self, child: "_Child", raw: bytes) -> Picture:
        try:
            async with asyncio.timeout(self._patience_s):
                # In a thread: pipes are small, and pictures are not.
                found = await asyncio.to_thread(child.ask, raw)
        except BaseException as error:
            self._running.discard(child)
            child.kill()
            # Not waited for: we may be cancelled, and a thread that is in its pipes leaves them first.
            asyncio.get_running_loop().run_in_executor(None, child.end)
            if isinstance(error, TimeoutError):
                raise _Died from None
            raise
        self._idle.append(child)
        if found is None:
            raise InvalidPhoto
        return found

    def _start(self) -> "_Child":
        child = _Child()
        self._running.add(child)
        return child

    def _remember(self, digest: bytes, picture: Picture) -> None:
        self._made_bytes += len(picture.content)
        older = self._made.pop(digest, None)  # two asked at once
        self._made[digest] = picture
        while older is not None or self._made_bytes > REMEMBERED_BYTES:
            self._made_bytes -= len((older or self._made.popitem(last=False)[1]).content)
            older = None

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(REST_S, self._retire)

    def _retire(self) -> None:
        """Nobody came for a minute: give the memory back."""
        self._made.clear()
        self._made_bytes = 0
        while self._idle:
            child = self._idle.pop()
            self._running.discard(child)
            child.end()


class _Died(Exception):
    """The child is no more, and did not say why."""


class _Child:
    """One child process. `ask` runs in a thread, the rest on the loop."""

    def __init__(self) -> None:
        paths = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
        self._popen = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            [sys.executable, "-P", "-m", _MODULE, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", **paths},
        )

    def ask(self, raw: bytes) -> Picture | None:
        """The developed picture, None for one that cannot be read. Raises _Died."""
        asked, answered = self._popen.stdin, self._popen.stdout
        assert asked is not None
        assert answered is not None
        try:
            asked.write(ASKED.pack(len(raw)))
            asked.write(raw)
            asked.flush()
            width, height, size = ANSWERED.unpack(answered.read(ANSWERED.size))
            content = answered.read(size)
        except (OSError, ValueError, struct.error):
            raise _Died from None
        if len(content) < size:
            raise _Died
        return Picture("image/jpeg", content, width, height) if size else None

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


def _end(children: set[_Child]) -> None:
    while children:
        children.pop().end()


def _check(raw: bytes) -> None:
    """What the header tells. Raises UnsupportedFormat (415), TooLarge (413), InvalidPhoto (422)."""
    head = images.header(raw)
    if head is None:
        raise UnsupportedFormat(images.ACCEPTED)
    if not head.pixels:
        raise InvalidPhoto
    if head.pixels > images.MOST_PIXELS:
        raise TooLarge(images.MOST_PIXELS, "pixels")
