"""Evaluations of private discovery, in child processes: 1,000 of them with their proof take 70 ms of one processor.

A batch has one proof and cannot be cut, so batches take turns, first come first served, and who would wait too long is
refused before it costs them anything. A child is started when the first batch comes and lives until none came for a
minute; it runs `actions.evaluating`. Seeds go to it over its pipe: never in its arguments or environment.
"""

import asyncio
import contextlib
import os
import random
import weakref
from collections import Counter
from collections.abc import Iterator

from contact_service.actions.child import Child, Died
from contact_service.actions.evaluating import ANSWERED, ASKED, EVALUATED, INDEX
from contact_service.model.discovery_problem import InvalidElement
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Overloaded
from contact_service.vault.oprf import PROOF_BYTES

MOST_CHILDREN = 4
WAITING_EACH = 8
"""Batches that may wait for one child: a little over half a second."""
OF_ONE_OWNER = 2
PATIENCE_S = 8.0
REST_S = 60.0
_MODULE = "contact_service.actions.evaluating"


class Evaluators:
    """The children, one house's. Use: `with place(owner): … await evaluate(…)`."""

    def __init__(self, at_once: int | None = None, patience_s: float = PATIENCE_S) -> None:
        """`at_once`: batches worked on at once; absent, one for each processor, at most four. A child that takes
        longer than `patience_s` for a batch is ended.
        """
        self.at_once = at_once or min(MOST_CHILDREN, os.cpu_count() or 1)
        self._patience_s = patience_s
        self._turns = asyncio.Semaphore(self.at_once)
        self._places: Counter[OwnerId] = Counter()
        self._idle: list[_Evaluator] = []
        self._running: set[_Evaluator] = set()
        self._rest: asyncio.TimerHandle | None = None
        # Also without `close`, and at the interpreter's end: nothing is left running.
        self._end = weakref.finalize(self, _end, self._running)

    @contextlib.contextmanager
    def place(self, owner: OwnerId) -> Iterator[None]:
        """A place in the queue, taken before anything is charged. Raises Overloaded (503): there is none, or the owner
        has two.
        """
        most = self.at_once * (1 + WAITING_EACH)
        if self._places.total() >= most or self._places[owner] >= OF_ONE_OWNER:
            # Spread out, so that those refused together do not come back together.
            raise Overloaded(random.randint(1, 3))  # noqa: S311  jitter, no secret
        self._places[owner] += 1
        try:
            yield
        finally:
            self._places[owner] -= 1
            if not self._places[owner]:
                del self._places[owner]

    async def evaluate(self, seed: bytes, epoch: int, elements: bytes) -> tuple[bytes, bytes]:
        """Elements of 32 bytes evaluated under an epoch's key, and one proof for all (64 bytes).

        Raises InvalidElement (400), Overloaded (503) when two children in a row died of it.
        """
        async with self._turns:
            found = await self._evaluated(seed, epoch, elements)
        self._rest_later()
        if isinstance(found, int):
            raise InvalidElement(found)
        return found[:-PROOF_BYTES], found[-PROOF_BYTES:]

    def close(self) -> None:
        """End the children."""
        if self._rest is not None:
            self._rest.cancel()
        _end(self._running)
        self._idle.clear()

    async def _evaluated(self, seed: bytes, epoch: int, elements: bytes) -> bytes | int:
        if self._idle:
            try:
                return await self._ask(self._idle.pop(), seed, epoch, elements)
            except Died:
                pass  # perhaps long before this batch
        try:
            return await self._ask(self._start(), seed, epoch, elements)
        except Died:
            raise Overloaded from None

    async def _ask(
        self, child: "_Evaluator", seed: bytes, epoch: int, elements: bytes
    ) -> bytes | int:
        try:
            async with asyncio.timeout(self._patience_s):
                found = await asyncio.to_thread(child.ask, seed, epoch, elements)
        except BaseException as error:
            self._running.discard(child)
            child.kill()
            # Not waited for: we may be cancelled, and a thread that is in its pipes leaves them first.
            asyncio.get_running_loop().run_in_executor(None, child.end)
            if isinstance(error, TimeoutError):
                raise Died from None
            raise
        self._idle.append(child)
        return found

    def _start(self) -> "_Evaluator":
        child = _Evaluator(_MODULE)
        self._running.add(child)
        return child

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(REST_S, self._retire)

    def _retire(self) -> None:
        """Nobody came for a minute: give the memory back."""
        while self._idle:
            child = self._idle.pop()
            self._running.discard(child)
            child.end()


class _Evaluator(Child):
    def ask(self, seed: bytes, epoch: int, elements: bytes) -> bytes | int:
        """The elements evaluated, then the proof; or which element is refused. Raises Died."""
        self.send(ASKED.pack(seed, epoch, len(elements)), elements)
        outcome, size = ANSWERED.unpack(self.read(ANSWERED.size))
        found = self.read(size)
        return found if outcome == EVALUATED else int(INDEX.unpack(found)[0])


def _end(children: set[_Evaluator]) -> None:
    while children:
        children.pop().end()
