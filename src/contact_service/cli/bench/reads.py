"""The hot reads and a peer in turn: a contact beside pgbench; a list, "nothing new" and 304 beside a bare server."""

import random
from collections.abc import Callable

from contact_service.cli.bench import peers, rounds, rows
from contact_service.cli.bench.owners import Loaded
from contact_service.cli.bench.peers import Generator
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Spent, Stage

LIST = "/v1/contacts"
_US = 1_000_000

CONTACT = Aim(
    "contact",
    "one contact, warm snapshot, version checked in PostgreSQL, of pgbench's point reads",
    "requests/s",
    must=0.5,
    goal=0.6,
    more=True,
)
LISTED = Aim(
    "list",
    "list of 200 from cache, of the bare server sending the same bytes",
    "us of server CPU",
    must=0.5,
    goal=0.5,
    more=True,
)
DELTA = Aim(
    "delta", "empty delta, of the bare server's hello", "us of server CPU", 0.5, 0.5, more=True
)
UNCHANGED = Aim(
    "not-modified",
    "304 on a list, of the bare server's hello",
    "us of server CPU",
    0.5,
    0.5,
    more=True,
)


def request(at: Stage, owner: str, path: str, extra: str = "") -> bytes:
    """A GET as a device sends it."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{at.port}\r\n"
        f"Authorization: Bearer {at.token(owner)}\r\nAccept: application/json\r\n{extra}\r\n"
    ).encode()


def contacts(at: Stage, loaded: list[Loaded], each: int = 20) -> list[bytes]:
    """Requests for single contacts of all owners, mixed."""
    chance = random.Random(2)  # noqa: S311  an order of requests
    made = [
        request(at, one.owner, f"{LIST}/{card}")
        for one in loaded
        for card in chance.sample(one.cards, min(each, len(one.cards)))
    ]
    chance.shuffle(made)
    return made


def lists(at: Stage, loaded: list[Loaded]) -> list[bytes]:
    """A request for each owner's list."""
    return [request(at, one.owner, LIST) for one in loaded]


def deltas(at: Stage, loaded: list[Loaded]) -> list[bytes]:
    """A request for each owner's changes since the last one: none."""
    made = []
    for one in loaded:
        token = at.ask("GET", f"{LIST}?limit=1", one.owner).json()["syncToken"]
        path = f"/v1/changes?since={token}"
        if (told := at.ask("GET", path, one.owner).json())["changed"] or told["removed"]:
            raise NotMeasured("a delta of nothing is not empty")
        made.append(request(at, one.owner, path))
    return made


def unchanged(at: Stage, loaded: list[Loaded]) -> list[bytes]:
    """A request for each owner's list, on condition that it has changed."""
    made = []
    for one in loaded:
        tag = at.ask("GET", LIST, one.owner).headers["etag"]
        made.append(request(at, one.owner, LIST, f"If-None-Match: {tag}\r\n"))
    return made


class Ours:
    """Our side of a pair: one kind of request, sent for a while."""

    def __init__(
        self, at: Stage, load: Generator, made: list[bytes], scale: Scale, expect: int = 200
    ) -> None:
        self._at = at
        self._load = load
        self._seconds = scale.seconds
        self._expect = expect
        self._file = load.requests(made)
        load.run(at.port, self._file, 0, expect)  # every snapshot and connection is warm
        at.pin()

    def _spent(self) -> tuple[Spent, int, float]:
        before = self._at.spent()
        done = self._load.run(self._at.port, self._file, self._seconds, self._expect)
        return self._at.spent().since(before), done.requests, done.seconds

    def rate(self) -> float:
        """Requests a second."""
        _, requests, seconds = self._spent()
        return requests / seconds

    def ours_us(self) -> float:
        """CPU us a request of the service."""
        spent, requests, _ = self._spent()
        return spent.service_s * _US / requests

    def both_us(self) -> float:
        """CPU us a request of service and database."""
        spent, requests, _ = self._spent()
        return spent.both_s * _US / requests


def contact(at: Stage, load: Generator, loaded: list[Loaded], scale: Scale) -> Row:
    """The row of single contacts."""
    cards = [(one.owner, card) for one in loaded for card in one.cards[:1]]
    ours = Ours(at, load, contacts(at, loaded), scale)
    with peers.point_reads(at, cards) as pgbench:
        at.pin()
        found = rounds.alternate(
            ours.rate, lambda: pgbench.run(scale.seconds), scale.rounds, scale.again
        )
    beside = {"our CPU us of the service": ours.ours_us(), "and database": ours.both_us()}
    return rows.compared(CONTACT, found, peer_first=False, beside=beside)


def against_bare(at: Stage, load: Generator, loaded: list[Loaded], scale: Scale) -> list[Row]:
    """The rows of lists, empty deltas and 304s."""
    bodies = {f"/{one.owner}": at.ask("GET", LIST, one.owner).body for one in loaded}
    if min(body.count(b'"etag"') for body in bodies.values()) < min(len(loaded[0].cards), 200):
        raise NotMeasured("a list is shorter than it should be")
    with peers.bare(bodies) as bare:

        def plain(made: list[bytes]) -> Callable[[], float]:
            file = load.requests(made)
            load.run(bare.port, file, 0)
            return lambda: _bare_us(bare, load, file, scale.seconds)

        same = plain([request(at, one.owner, f"/{one.owner}") for one in loaded])
        if any(bare.get(path) != body for path, body in bodies.items()):
            raise NotMeasured("the bare server sends other bytes")
        hello = plain([request(at, one.owner, "/hello") for one in loaded])
        sides = [
            (LISTED, Ours(at, load, lists(at, loaded), scale), same),
            (DELTA, Ours(at, load, deltas(at, loaded), scale), hello),
            (UNCHANGED, Ours(at, load, unchanged(at, loaded), scale, 304), hello),
        ]
        size = sum(map(len, bodies.values())) / len(bodies)
        return [
            rows.compared(
                aim,
                rounds.alternate(ours.ours_us, peer, scale.rounds, scale.again),
                peer_first=True,
                beside={"bytes": size} if aim is LISTED else None,
            )
            for aim, ours, peer in sides
        ]


def _bare_us(bare: peers.BareServer, load: Generator, file: str, seconds: float) -> float:
    before = bare.spent_s()
    done = load.run(bare.port, file, seconds)
    return (bare.spent_s() - before) * _US / done.requests
