"""The darkroom: pictures of strangers are developed by a child process, which may die of them (reliability.md T12).

What a header tells is refused here, before a child sees it. A child is started when the first picture comes and lives
until none came for a minute; it runs `actions.developing`.
"""

import asyncio
import hashlib
import weakref
from collections import OrderedDict

from contact_service.actions.child import Child, Died
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
        self._idle: list[_Developer] = []
        self._running: set[_Developer] = set()
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
            except Died:
                pass  # perhaps long before this picture: a fresh one shall judge it
        try:
            return await self._ask(self._start(), raw)
        except Died:
            raise InvalidPhoto("It takes too much to read it.") from None

    async def _ask(self, child: "_Developer", raw: bytes) -> Picture:
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
                raise Died from None
            raise
        self._idle.append(child)
        if found is None:
            raise InvalidPhoto
        return found

    def _start(self) -> "_Developer":
        child = _Developer(_MODULE)
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


class _Developer(Child):
    def ask(self, raw: bytes) -> Picture | None:
        """The developed picture, None for one that cannot be read. Raises Died."""
        self.send(ASKED.pack(len(raw)), raw)
        width, height, size = ANSWERED.unpack(self.read(ANSWERED.size))
        content = self.read(size)
        return Picture("image/jpeg", content, width, height) if size else None


def _end(children: set[_Developer]) -> None:
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
