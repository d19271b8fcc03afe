"""Uploads of a phone's whole book into an empty one: CPU of service and database, durable (fsync is on) and matched.

Each round is another owner with another book, so that nothing kept from one helps the next; the directory holds the
fifth of them who are registered.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count, cycle
from typing import Any

import msgspec

from contact_service.cli.bench import books, rounds, rows
from contact_service.cli.bench.rounds import Round
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Spent, Stage

PATH = "/v1/contacts:upload"
_REGIONS = ("US", "DE")

_CPU = "s of service + database CPU"
JSON = Aim(
    "upload-json",
    "upload of 5,000 JSON cards with E.164 numbers, durable and matched",
    _CPU,
    must=0.5,
    goal=0.5,
    more=False,
    has_ratio=False,
)
VCARD = Aim(
    "upload-vcard",
    "upload of 5,000 vCards with national numbers, durable and matched",
    _CPU,
    must=0.8,
    goal=0.625,
    more=False,
    has_ratio=False,
)
REPEAT = Aim(
    "upload-repeat",
    "the same JSON upload again: its share of the first one's CPU",
    _CPU,
    must=0.2,
    goal=0.2,
    more=False,
)


class Sent(msgspec.Struct, frozen=True):
    """One upload: what it cost, and how long it took on the wall."""

    spent: Spent
    wall_s: float


def fill_directory(at: Stage, users: int) -> float:
    """Register the users with the command that operators have; returns the seconds it took."""
    started = time.perf_counter()
    with tempfile.NamedTemporaryFile(prefix="contacts-bench-") as file:
        file.write(books.directory(users))
        file.flush()
        at.command("directory", "load", file.name, "--json")
    at.sql("VACUUM (ANALYZE)")
    return time.perf_counter() - started


def measure(at: Stage, scale: Scale, owners: "count[int]") -> list[Row]:
    """The rows of uploads; `owners` numbers owners who have never been here."""
    phone = _Phones(at, scale, owners)
    phone.json()  # the first ever compiles patterns and plans: one that nobody counts
    first: list[tuple[Sent, bool]] = []
    repeated: list[Sent] = []
    pairs: list[Round] = []
    for _ in range(scale.uploads):
        sent, noisy = rounds.quiet(phone.json, scale.again)
        again, noisy_again = rounds.quiet(phone.again, scale.again)
        first.append((sent, noisy))
        repeated.append(again)
        pairs.append(Round(again.spent.both_s, sent.spent.both_s, noisy or noisy_again))
    cards = [rounds.quiet(phone.vcard, scale.again) for _ in range(scale.uploads)]
    return [
        _alone(JSON, first, scale),
        rows.compared(REPEAT, pairs, peer_first=False, beside=_parts(repeated)),
        _alone(VCARD, cards, scale),
    ]


class _Phones:
    """Phones that send their books for the first time, one after the other."""

    def __init__(self, at: Stage, scale: Scale, owners: "count[int]") -> None:
        self._at = at
        self._scale = scale
        self._owners = owners
        self._regions = cycle(_REGIONS)
        self._last = ("", b"")

    def json(self) -> Sent:
        """A new owner's book as JSON."""
        owner, number = self._new()
        body = books.upload(books.pick(self._scale.contacts, number, self._scale.users))
        self._last = (owner, body)
        return self._send(owner, PATH, body, "application/json", "created")

    def again(self) -> Sent:
        """The last JSON book once more."""
        owner, body = self._last
        return self._send(owner, PATH, body, "application/json", "unchanged")

    def vcard(self) -> Sent:
        """A new owner's book as vCard, of another country each time."""
        owner, number = self._new()
        region = next(self._regions)
        body = books.vcards(books.pick(self._scale.contacts, number, self._scale.users, region))
        path = f"{PATH}?region={region}&kind=other&deviceId=bench&view=full"
        return self._send(owner, path, body, "text/vcard", "created")

    def _new(self) -> tuple[str, int]:
        number = next(self._owners)
        owner = f"phone-{number}"
        self._at.consent(owner)
        return owner, number

    def _send(self, owner: str, path: str, body: bytes, media: str, expected: str) -> Sent:
        self._at.pin()
        before, started = self._at.spent(), time.perf_counter()
        answer = self._at.ask("POST", path, owner, body, {"Content-Type": media})
        wall_s = time.perf_counter() - started
        spent = self._at.spent().since(before)
        _check(answer.json(), expected, self._scale.contacts)
        return Sent(spent, wall_s)


def _check(told: dict[str, Any], expected: str, contacts: int) -> None:
    wanted = int(contacts * books.REGISTERED_SHARE)
    matched = len({match["contactId"] for match in told["matches"]})
    if told[expected] != contacts or matched != wanted:
        raise NotMeasured(
            f"an upload of {contacts}: {expected} {told[expected]}, matched {matched} of {wanted}"
        )


def _alone(aim: Aim, sent: list[tuple[Sent, bool]], scale: Scale) -> Row:
    figures = [(one.spent.both_s, noisy) for one, noisy in sent]
    speed = scale.contacts / statistics.median(figure for figure, _ in figures)
    beside = _parts([one for one, _ in sent]) | {"contacts/s of CPU": speed}
    return rows.alone(aim, figures, beside)


def _parts(sent: list[Sent]) -> dict[str, float]:
    def middle(of: Callable[[Sent], float]) -> float:
        return statistics.median(map(of, sent))

    return {
        "service s": middle(lambda one: one.spent.service_s),
        "database s": middle(lambda one: one.spent.database_s),
        "wall s": middle(lambda one: one.wall_s),
    }
