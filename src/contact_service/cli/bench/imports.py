"""Imports: 50,000 contacts of an emulated Google account, and files; what they cost, hold in memory, and keep waiting.

CPU is the service's own: PostgreSQL and the emulator run beside it. Each import is another owner's, into an empty book.
"""

import time
from collections.abc import Callable
from itertools import count

import msgspec

from contact_service.cli.bench import books, imports_ways, owners, rounds, rows, stage
from contact_service.cli.bench.owners import Loaded
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Spent, Stage
from contact_service.cli.demo import providers

_MB = 1_000_000
_WINDOW_S, _RESTS = 0.2, 0.25
"""The service rests when it uses less than this share of a processor for so long."""
_PATIENCE_S = 20.0


def _aim(name: str, title: str, unit: str, must: float, goal: float, *, more: bool = False) -> Aim:
    return Aim(f"imports-{name}", title, unit, must, goal, more=more, has_ratio=False)


SPEED = _aim(
    "google", "contacts of a Google account", "contacts/s of service CPU", 5_000, 10_000, more=True
)
MEMORY = _aim("google-memory", "a Google account: memory above idle", "MB", 150, 100)
CANCEL = _aim("cancel", "a cancelled import: until the worker rests", "s", 2, 1)
READS = _aim("reads", "reads of contacts while it runs: p99", "ms", 50, 25)
DELTA = _aim("delta", "the same account again, nothing new", "s of service CPU", 1, 0.2)
PREVIEW = _aim("preview", "a file of 10,000 cards, previewed", "s", 5, 2.5)
APPLY = _aim("apply", "a file of 10,000 cards, imported", "s", 15, 7.5)
FILE_MEMORY = _aim("file-memory", "a file of 50,000 cards: memory above idle", "MB", 150, 100)


class Ran(msgspec.Struct, frozen=True):
    """One import: what it cost, how long it took, how far above a fresh service's the memory was."""

    spent: Spent
    wall_s: float
    above_mb: float


def measure(scale: Scale, tell: Callable[[str], None]) -> list[Row]:
    """All rows, with the emulators and a service of their own."""
    started = time.perf_counter()
    with providers.running(scale.imported) as base, stage.opened(providers.settings(base)) as at:
        tell(f"  an account of {scale.imported:,}: {time.perf_counter() - started:.1f} s")
        (reader,) = owners.load(at, 1, scale.cards, "bench-")
        bench = _Imports(at, scale, reader)
        found = [*bench.google(), bench.cancelled(), bench.read(), *bench.files()]
    with stage.opened() as at:
        (reader,) = owners.load(at, 1, scale.cards, "bench-")
        return [*found, _Imports(at, scale, reader).large()]


class _Imports:
    """Owners who import, each for the first time."""

    def __init__(self, at: Stage, scale: Scale, reader: Loaded) -> None:
        self._at = at
        self._scale = scale
        self._reader = reader
        self._numbers = count(1)
        at.pin()
        # Plans are made and pages read: an import that nobody counts.
        self._file(self._owner(), books.vcards(books.pick(200, 1, 1_000)))
        self._rested()
        self._idle = at.lowered()

    def google(self) -> list[Row]:
        """Speed and memory of whole reads, and what a delta costs."""
        first, _ = self._whole()  # what later ones hold in memory is also what this one left there
        whole, noisy = rounds.quiet(self._whole, self._scale.again)
        ran, (owner, account) = whole
        delta, noisy_delta = rounds.quiet(
            lambda: self._ran(lambda: self._account(owner, account, 0)), self._scale.again
        )
        speed = self._scale.imported / ran.spent.service_s
        return [
            rows.alone(SPEED, [(speed, noisy)], _beside(ran)),
            rows.alone(MEMORY, [(first.above_mb, False)], _beside(first)),
            rows.alone(DELTA, [(delta.spent.service_s, noisy_delta)], _beside(delta)),
        ]

    def cancelled(self) -> Row:
        """How soon an import that its owner cancels costs nothing more."""
        owner, account = self._linked()
        run = imports_ways.begun(self._at, owner, account)
        self._reached(owner, run, self._scale.imported // 5)
        asked = time.perf_counter()
        self._at.ask("POST", f"/v1/imports/{run}:cancel", owner)
        answered_s = time.perf_counter() - asked
        done = imports_ways.shown(self._at, owner, run)["progress"]["done"]
        rested_s = self._rested() - asked
        if imports_ways.shown(self._at, owner, run)["progress"]["done"] != done:
            raise NotMeasured("a cancelled import went on")
        return rows.alone(CANCEL, [(rested_s, False)], {"answered s": answered_s})

    def read(self) -> Row:
        """What somebody else's reads take meanwhile."""
        owner, account = self._linked()
        with imports_ways.reading(self._at, self._reader) as reads:
            self._account(owner, account, self._scale.imported)
        half, most = reads.share_ms(0.5), reads.share_ms(1)
        beside = {"p50 ms": half, "most ms": most, "reads": float(len(reads.took_ms))}
        return rows.alone(READS, [(reads.share_ms(0.99), False)], beside)

    def files(self) -> list[Row]:
        """A preview and an import of a file."""
        file = books.vcards(books.pick(self._scale.filed, 2, 10_000))
        owner = self._owner()
        previewed, noisy = rounds.quiet(
            lambda: self._ran(lambda: self._preview(owner, file)), self._scale.again
        )
        applied, noisy_applied = rounds.quiet(
            lambda: self._ran(lambda: self._file(self._owner(), file)), self._scale.again
        )
        return [
            rows.alone(PREVIEW, [(previewed.wall_s, noisy)], _beside(previewed)),
            rows.alone(APPLY, [(applied.wall_s, noisy_applied)], _beside(applied)),
        ]

    def large(self) -> Row:
        """The memory that a large file takes."""
        file = books.vcards(books.pick(self._scale.imported, 3, 10_000))
        ran = self._ran(lambda: self._file(self._owner(), file))
        beside = _beside(ran) | {"file MB": len(file) / _MB}
        return rows.alone(FILE_MEMORY, [(ran.above_mb, False)], beside)

    def _whole(self) -> tuple[Ran, tuple[str, str]]:
        owner, account = self._linked()
        ran = self._ran(lambda: self._account(owner, account, self._scale.imported))
        return ran, (owner, account)

    def _ran(self, work: Callable[[], None]) -> Ran:
        self._rested()
        self._at.lowered()
        before, started = self._at.spent(), time.perf_counter()
        work()
        wall_s = time.perf_counter() - started
        spent = self._at.spent().since(before)
        return Ran(spent, wall_s, (self._at.memory() - self._idle) / _MB)

    def _account(self, owner: str, account: str, created: int) -> None:
        run = imports_ways.begun(self._at, owner, account)
        _check(imports_ways.ended(self._at, owner, run)["created"], created)

    def _file(self, owner: str, file: bytes) -> None:
        wanted = file.count(b"BEGIN:VCARD")
        _check(imports_ways.sent(self._at, owner, file)["created"], wanted)

    def _preview(self, owner: str, file: bytes) -> None:
        told = imports_ways.sent(self._at, owner, file, "?preview=true")
        _check(told.get("preview", told)["created"], file.count(b"BEGIN:VCARD"))

    def _owner(self) -> str:
        owner = f"importer-{next(self._numbers)}"
        self._at.consent(owner)
        return owner

    def _linked(self) -> tuple[str, str]:
        owner = self._owner()
        return owner, imports_ways.linked(self._at, owner)

    def _reached(self, owner: str, run: str, done: int) -> None:
        until = time.monotonic() + _PATIENCE_S
        while imports_ways.shown(self._at, owner, run)["progress"]["done"] < done:
            if time.monotonic() > until:
                raise NotMeasured("an import does not go on")
            time.sleep(0.02)

    def _rested(self) -> float:
        """When the service began to rest; waits until it does."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            at, before = time.perf_counter(), self._at.spent()
            time.sleep(_WINDOW_S)
            used_s = self._at.spent().since(before).service_s
            if used_s < _RESTS * (time.perf_counter() - at):
                return at
        raise NotMeasured("the service does not rest")


def _check(found: int, wanted: int) -> None:
    if found != wanted:
        raise NotMeasured(f"an import created {found} contacts, not {wanted}")


def _beside(ran: Ran) -> dict[str, float]:
    return {
        "service s": ran.spent.service_s,
        "database s": ran.spent.database_s,
        "wall s": ran.wall_s,
        "MB above idle": ran.above_mb,
    }
