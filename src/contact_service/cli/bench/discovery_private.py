"""Private evaluations of 1,000 elements with their proof, beside the bare library; and what others feel of them."""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count, cycle

from voprf import ristretto

from contact_service.cli.bench import machine, rounds, rows
from contact_service.cli.bench.owners import Loaded
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Spent, Stage

WHOLE = 1_000
_ELEMENT, _PROOF = 32, 64
_MS = 1_000
_OPEN = 2
"""Evaluations under way at once: one is worked on while the next one is read."""

SPEED = Aim(
    "discovery-evaluate",
    "private evaluations with proof, of the bare library's evaluate_batch",
    "elements/s of one processor",
    must=0.85,
    goal=0.9,
    more=True,
)
COST = Aim(
    "discovery-evaluate-cpu",
    "private evaluation of 1,000 elements with proof",
    "ms of service + database CPU",
    must=110.0,
    goal=90.0,
    more=False,
    has_ratio=False,
)
STARVED = Aim(
    "discovery-evaluate-beside",
    "p99 of a contact read while evaluations go on",
    "ms",
    must=25.0,
    goal=10.0,
    more=False,
    has_ratio=False,
)


def measure(at: Stage, loaded: list[Loaded], scale: Scale) -> list[Row]:
    """The rows of evaluations. `loaded`: owners with a book, who also ask."""
    asking = _Asking(at, loaded)
    asking.once()  # the child starts
    at.pin()
    bare = _Bare()
    speed = partial(asking.rate, scale.seconds)
    pairs = rounds.alternate(speed, bare.rate, scale.rounds, scale.again)
    costs = [rounds.quiet(lambda: asking.cpu_ms(3), scale.again) for _ in range(scale.rounds)]
    beside = {
        "bare CPU ms": bare.cpu_ms(3),
        "in ms": asking.took_ms(5),
        "bytes up": float(WHOLE * _ELEMENT),
        "bytes down": float(WHOLE * _ELEMENT + _PROOF),
    }
    waits = [_reads_beside(at, asking, loaded, scale.seconds) for _ in range(scale.rounds)]
    alone = statistics.median(_reads(at, loaded, scale.seconds / 2))
    return [
        rows.compared(SPEED, pairs, peer_first=False, beside=beside),
        rows.alone(COST, costs, {}),
        rows.alone(STARVED, waits, {"p50 with nobody else, ms": alone}),
    ]


class _Asking:
    """Owners who have 1,000 elements evaluated, in turn."""

    def __init__(self, at: Stage, loaded: list[Loaded]) -> None:
        self._at = at
        self._owners = cycle([one.owner for one in loaded[:20]])
        self._elements = b"".join(_elements())
        self._epoch = at.keyring().oprf_epoch

    def once(self) -> None:
        """One evaluation. Raises NotMeasured for an answer of another size."""
        path = f"/v1/discovery/evaluate?epoch={self._epoch}"
        sent = {"Content-Type": "application/octet-stream"}
        answer = self._at.ask("POST", path, next(self._owners), self._elements, sent)
        if len(answer.body) != WHOLE * _ELEMENT + _PROOF:
            raise NotMeasured(f"an evaluation answers {len(answer.body)} bytes")

    def rate(self, seconds: float) -> float:
        """Elements a second, with two requests open."""
        started = time.perf_counter()
        with self.going_on() as done:
            time.sleep(seconds)  # the span that is measured: the clients go on by themselves
        return WHOLE * next(done) / (time.perf_counter() - started)

    @contextmanager
    def going_on(self) -> Iterator["count[int]"]:
        """Two clients that ask again and again meanwhile; the counter's next number is how often they were answered."""
        done, stop = count(), threading.Event()
        failed: list[NotMeasured] = []

        def ask() -> None:
            while not stop.is_set():
                try:
                    self.once()
                except NotMeasured as error:
                    failed.append(error)
                    return
                next(done)

        clients = [threading.Thread(target=ask) for _ in range(_OPEN)]
        for client in clients:
            client.start()
        try:
            yield done
        finally:
            stop.set()
            for client in clients:
                client.join()
        if failed:
            raise failed[0]

    def cpu_ms(self, times: int) -> float:
        """CPU ms of service and database, the child among it."""
        before: Spent = self._at.spent()
        for _ in range(times):
            self.once()
        return self._at.spent().since(before).both_s * _MS / times

    def took_ms(self, times: int) -> float:
        """How long one takes that has nobody before it."""
        started = time.perf_counter()
        for _ in range(times):
            self.once()
        return (time.perf_counter() - started) * _MS / times


class _Bare:
    """The library alone, in this program, on the service's processor."""

    def __init__(self) -> None:
        self._key = ristretto.Evaluator.from_seed(bytes(32), b"bench")
        self._blinded = [ristretto.BlindedInput.deserialize(one) for one in _elements()]

    def rate(self, times: int = 5) -> float:
        """Elements a second."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {machine.processors()[0]})
        try:
            started = time.perf_counter()
            for _ in range(times):
                self._key.evaluate_batch(self._blinded)
            return WHOLE * times / (time.perf_counter() - started)
        finally:
            os.sched_setaffinity(0, before)

    def cpu_ms(self, times: int) -> float:
        """CPU ms of a batch."""
        started = time.process_time()
        for _ in range(times):
            self._key.evaluate_batch(self._blinded)
        return (time.process_time() - started) * _MS / times


def _elements() -> list[bytes]:
    return [ristretto.Client.blind(b"%d" % n)[1].serialize() for n in range(WHOLE)]


def _reads_beside(
    at: Stage, asking: _Asking, loaded: list[Loaded], seconds: float
) -> tuple[float, bool]:
    def work() -> float:
        with asking.going_on():
            took = _reads(at, loaded, seconds)
        return sorted(took)[-1 - len(took) // 100]

    return rounds.quiet(work, 0)


def _reads(at: Stage, loaded: list[Loaded], seconds: float) -> list[float]:
    """How long each of many contact reads takes, in ms, one after the other."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    for one in cycle(loaded[:20]):
        started = time.perf_counter()
        if started >= until:
            return took
        at.ask("GET", f"/v1/contacts/{one.cards[0]}", one.owner)
        took.append((time.perf_counter() - started) * _MS)
    return took
