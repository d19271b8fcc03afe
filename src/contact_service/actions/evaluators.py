"""Evaluations of private discovery, in child processes: 1,000 of them with their proof take 70 ms of one processor.

A batch has one proof and cannot be cut, so batches take turns, first come first served, and who would wait too long is
refused before it costs them anything. A child checks a batch and keeps it, decoded, until it is told to go on: what it
costs is charged in between. A child is started when the first batch comes and lives until none came for a
minute; it runs `actions.evaluating`. Seeds go to it over its pipe: never in its arguments or environment.
"""

import asyncio
import contextlib
import os
import random
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import ParamSpec, TypeVar

from contact_service.actions.child import Child, Died
from contact_service.actions.evaluating import ANSWERED, ASKED, GO, INDEX, LEAVE, REFUSED
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
P = ParamSpec("P")
T = TypeVar("T")


class Evaluators:
    """The children, one house's. Use: `with place(owner): async with checked(…) as batch: …`."""

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

    @contextlib.asynccontextmanager
    async def checked(self, seed: bytes, epoch: int, elements: bytes) -> "AsyncIterator[Batch]":
        """Elements of 32 bytes that can be evaluated, in a child that holds them until the end of the block.

        Raises InvalidElement (400), Overloaded (503) when two children in a row died of it.
        """
        async with self._turns:
            batch = Batch(self, (seed, epoch, elements))
            await batch.check()
            try:
                yield batch
            finally:
                batch.leave()
        self._rest_later()

    def close(self) -> None:
        """End the children."""
        if self._rest is not None:
            self._rest.cancel()
        _end(self._running)
        self._idle.clear()

    def take(self) -> "tuple[_Evaluator, bool]":
        """A child to work with, and whether it has just been started."""
        if self._idle:
            return self._idle.pop(), False
        child = _Evaluator(_MODULE)
        self._running.add(child)
        return child, True

    def give_back(self, child: "_Evaluator") -> None:
        """The child is free for the next batch."""
        self._idle.append(child)

    async def ask(
        self, child: "_Evaluator", what: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What the child says; it is ended when it does not. Raises Died."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await asyncio.to_thread(what, *args, **kwargs)
        except BaseException as error:
            self._running.discard(child)
            child.kill()
            # Not waited for: we may be cancelled, and a thread that is in its pipes leaves them first.
            asyncio.get_running_loop().run_in_executor(None, child.end)
            if isinstance(error, TimeoutError):
                raise Died from None
            raise

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


class Batch:
    """A batch in the child that checked it."""

    def __init__(self, pool: Evaluators, asked: tuple[bytes, int, bytes]) -> None:
        self._pool = pool
        self._asked = asked
        self._child: _Evaluator | None = None

    async def check(self) -> None:
        """Raises InvalidElement (400), Overloaded (503)."""
        child, fresh = self._pool.take()
        try:
            refused = await self._pool.ask(child, child.check, *self._asked)
        except Died:
            if fresh:
                raise Overloaded from None
            await self.check()  # that one died perhaps long before this batch
            return
        if refused is not None:
            self._pool.give_back(child)
            raise InvalidElement(refused)
        self._child = child

    async def evaluate(self) -> tuple[bytes, bytes]:
        """The elements evaluated, and one proof for all (64 bytes). Once. Raises Overloaded (503)."""
        try:
            whole = await self._gone_on()
        except Died:
            await self.check()
            try:
                whole = await self._gone_on()
            except Died:
                raise Overloaded from None
        return whole[:-PROOF_BYTES], whole[-PROOF_BYTES:]

    async def _gone_on(self) -> bytes:
        child, self._child = self._child, None
        assert child is not None, "checked, and not evaluated yet"
        whole = await self._pool.ask(child, child.go_on)
        self._pool.give_back(child)
        return whole

    def leave(self) -> None:
        """What was not evaluated is not wanted any more."""
        if self._child is not None:
            with contextlib.suppress(Died):  # the next batch will find out, and take another child
                self._child.leave()
            self._pool.give_back(self._child)
            self._child = None


class _Evaluator(Child):
    def check(self, seed: bytes, epoch: int, elements: bytes) -> int | None:
        """Which element is refused, if one is; else the child holds the batch. Raises Died."""
        self.send(ASKED.pack(seed, epoch, len(elements)), elements)
        outcome, said = self._answer()
        return int(INDEX.unpack(said)[0]) if outcome == REFUSED else None

    def go_on(self) -> bytes:
        """The elements evaluated, then the proof. Raises Died."""
        self.send(GO)
        return self._answer()[1]

    def leave(self) -> None:
        """The child lets go of the batch. Raises Died."""
        self.send(LEAVE)

    def _answer(self) -> tuple[int, bytes]:
        outcome, size = ANSWERED.unpack(self.read(ANSWERED.size))
        return outcome, self.read(size)


def _end(children: set[_Evaluator]) -> None:
    while children:
        children.pop().end()
