"""Discovery through HTTP: look-ups of 1,000 identifiers among millions, in the clear and as Matrix clients ask.

The figure is CPU of service and database a request. Each request is another owner's with another book, a fifth of it
registered, so that nothing kept from one helps the next; the answers are checked.
"""

import base64
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import msgspec

from contact_service.cli.bench import books, discovery_crowd, discovery_users, rounds, rows
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Stage
from contact_service.model.identifier import Identifier
from contact_service.vault import matrix_pepper

WHOLE = 1_000
SMALLER = (10, 100)
USERS = 10_000
_EACH = 5
"""Requests a round."""
_MS = 1_000
_SYDENT_MS = 133.0
_MATRIX = "/_matrix/identity/v2"

Ask = Callable[[Stage, str, Sequence[Identifier]], int]
"""Ask as that owner for these identifiers: how many of them are somebody's, by the answer."""


class Asked(msgspec.Struct, frozen=True):
    """A round: CPU ms a request of the service and of the database, and how long each request took, in ms."""

    service_ms: float
    database_ms: float
    took_ms: list[float]

    @property
    def both_ms(self) -> float:
        """Service and database together."""
        return self.service_ms + self.database_ms


def measure(at: Stage, scale: Scale, tell: Callable[[str], None]) -> list[Row]:
    """The rows of look-ups, by the number of entries in the directory."""
    filled_s = discovery_users.load(at, USERS).seconds
    tell(f"  {USERS:,} users: {filled_s:.1f} s")
    kinds: dict[str, Ask] = {"lookup": _look_up, "matrix": _by_matrix}
    finders = {name: Finders(at, name, ask) for name, ask in kinds.items()}
    found, filled = [], 0
    for entries in scale.entries:
        filled_s = discovery_crowd.fill(at, filled, entries)
        tell(f"  {entries:,} entries: {filled_s:.1f} s")
        filled = entries
        at.pin()
        found += [finders[name].row(entries, filled_s, scale) for name in kinds]
    return found


class Finders:
    """Owners who ask for their books in one way, each once."""

    def __init__(self, at: Stage, name: str, ask: Ask) -> None:
        self._at = at
        self._name = name
        self._ask = ask
        self._numbers = count(1)

    def row(self, entries: int, filled_s: float, scale: Scale) -> Row:
        """The row among that many entries."""
        self.round(WHOLE)  # plans are made and pages read: one that nobody counts
        whole = [rounds.quiet(lambda: self.round(WHOLE), scale.again) for _ in range(scale.rounds)]
        took = sorted(ms for one, _ in whole for ms in one.took_ms)
        beside = {
            "service ms": statistics.median(one.service_ms for one, _ in whole),
            "database ms": statistics.median(one.database_ms for one, _ in whole),
            "p50 ms": took[len(took) // 2],
            "p99 ms": took[-1 - len(took) // 100],
            "filled in s": filled_s,
        }
        for size in SMALLER:
            beside[f"of {size} ms"] = self.round(size).both_ms
        if self._name == "matrix":
            beside["Sydent, quoted ms"] = _SYDENT_MS
        told = [(one.both_ms, noisy) for one, noisy in whole]
        return rows.alone(_aim(self._name, entries), told, beside)

    def round(self, size: int) -> Asked:
        """Some requests of that many identifiers. Raises NotMeasured for a wrong answer."""
        todo = list(self._books(size))
        before, took = self._at.spent(), []
        for owner, asked, known in todo:
            started = time.perf_counter()
            hits = self._ask(self._at, owner, asked)
            took.append((time.perf_counter() - started) * _MS)
            if hits != known:
                raise NotMeasured(f"{self._name}: {hits} hits of {size}, {known} are registered")
        spent = self._at.spent().since(before)
        each = _MS / len(todo)
        return Asked(spent.service_s * each, spent.database_s * each, took)

    def _books(self, size: int) -> Iterator[tuple[str, list[Identifier], int]]:
        for _ in range(_EACH):
            number = next(self._numbers)
            owner = f"finder-{self._name}-{number}"
            self._at.consent(owner)
            asked, known = book(size, number)
            yield owner, asked, known


def book(size: int, number: int) -> tuple[list[Identifier], int]:
    """That many identifiers of a book, and how many of them are registered."""
    held = [
        (identifier, who.number < USERS)
        for who in books.pick(size, number, USERS)
        for identifier in who.identifiers
    ][:size]
    return [identifier for identifier, _ in held], sum(known for _, known in held)


def _look_up(at: Stage, owner: str, asked: Sequence[Identifier]) -> int:
    body = msgspec.json.encode({"identifiers": asked})
    return len(at.ask("POST", "/v1/discovery/lookup", owner, body).json()["matches"])


def _by_matrix(at: Stage, owner: str, asked: Sequence[Identifier]) -> int:
    pepper = matrix_pepper.spelled(at.keyring().matrix[1])
    digests = matrix_pepper.digests(pepper, asked)
    spelled = [base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in digests]
    sent = {"addresses": spelled, "algorithm": "sha256", "pepper": pepper}
    answer = at.ask("POST", f"{_MATRIX}/lookup", owner, msgspec.json.encode(sent))
    return len(answer.json()["mappings"])


def _aim(name: str, entries: int) -> Aim:
    how = {"lookup": "look-up", "matrix": "Matrix look-up"}[name]
    return Aim(
        f"discovery-{name}-{entries}",
        f"{how} of {WHOLE:,} identifiers among {entries:,} entries",
        "ms of service + database CPU",
        must=20.0,
        goal=10.0,
        more=False,
        has_ratio=False,
    )
