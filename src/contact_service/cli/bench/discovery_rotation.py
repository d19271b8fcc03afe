"""Another pepper for the directory while look-ups go on: not one wrong answer, and how fast it goes.

And what a look at one's matches costs while nothing came to the directory.
"""

import threading
import time

import msgspec

from contact_service.cli.bench import (
    books,
    discovery,
    discovery_users,
    peers,
    reads,
    rounds,
    rows,
    stage,
)
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Stage

_FINDERS = 20
_UNMOVED_OWNERS = 20
_BOOK = 1_000
_MS = 1_000

WRONG = Aim(
    "discovery-rotation",
    "wrong answers while the pepper is rotated",
    "look-ups",
    must=0.0,
    goal=0.0,
    more=False,
    has_ratio=False,
)
UNMOVED = Aim(
    "discovery-rematch",
    "matches of a book of 1,000, nothing new in the directory",
    "ms of service + database CPU",
    must=1.0,
    goal=0.5,
    more=False,
    has_ratio=False,
)


def rotation(scale: Scale) -> list[Row]:
    """The row of a rotation, in a service of its own. Raises NotMeasured."""
    with stage.opened() as at:
        filled = discovery_users.load(at, scale.rotated)
        finders = _Finders(at)
        with finders.going_on():
            started = time.perf_counter()
            at.command("keys", "rotate", "pepper", "--json")
            took_s = time.perf_counter() - started
        told = msgspec.json.decode(at.command("keys", "list", "--json"))
    live = [e["epoch"] for e in told["epochs"] if (e["kind"], e["state"]) == ("pepper", "live")]
    if live != [2]:
        raise NotMeasured("the pepper was not rotated")
    beside = {
        "entries": float(filled.entries),
        "entries/s": filled.entries / took_s,
        "rotated in s": took_s,
        "look-ups": float(finders.asked),
        "filled in s": filled.seconds,
    }
    return [rows.alone(WRONG, [(float(finders.wrong), False)], beside)]


def unmoved(at: Stage, load: peers.Generator, scale: Scale) -> Row:
    """The row of `GET /v1/matches` while the directory's counter stands still."""
    made = []
    for number in range(_UNMOVED_OWNERS):
        owner = f"unmoved-{number}"
        at.consent(owner)
        # None of them is registered: what is shown of matches is the gate's cost, and not looked at here.
        body = books.upload(books.pick(_BOOK, 500 + number, 1))
        at.ask("POST", "/v1/contacts:upload", owner, body)
        made.append(reads.request(at, owner, "/v1/matches"))
    ours = reads.Ours(at, load, made, scale)
    found = [rounds.quiet(lambda: ours.both_us() / _MS, scale.again) for _ in range(scale.rounds)]
    return rows.alone(UNMOVED, found, {})


class _Finders:
    """Owners who look up the same books again and again; `wrong` is how many answers were not what they should be."""

    def __init__(self, at: Stage) -> None:
        self.asked = 0
        self.wrong = 0
        self._at = at
        self._stop = threading.Event()
        self._asking = threading.Thread(target=self._ask)
        for number in range(_FINDERS):
            at.consent(f"rotating-{number}")

    def going_on(self) -> "_Finders":
        """Ask while the block runs."""
        return self

    def __enter__(self) -> None:
        self._asking.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._asking.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            number = self.asked % _FINDERS
            asked, known = discovery.book(200, number)
            body = msgspec.json.encode({"identifiers": asked})
            try:
                told = self._at.ask("POST", "/v1/discovery/lookup", f"rotating-{number}", body)
                self.wrong += len(told.json()["matches"]) != known
            except NotMeasured:
                self.wrong += 1
            self.asked += 1
