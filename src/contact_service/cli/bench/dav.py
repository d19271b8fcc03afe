"""CardDAV beside Radicale and Xandikos: the same cards, the same client, turn by turn; sync.md, Measure."""

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from contact_service.cli.bench import dav_cards, dav_growth, dav_peers, rounds, rows, stage
from contact_service.cli.bench.dav_book import FULL, Book
from contact_service.cli.bench.dav_peers import Peer, Served
from contact_service.cli.bench.rounds import Round
from contact_service.cli.bench.rows import Aim, Row

OWNER = "bench-dav"
_ROUNDS = 3
_COLD = "name cold"
_EACH = {
    "put": 5,
    "list": 3,
    "first": 3,
    "unchanged": 10,
    "changed": 3,
    "multiget": 3,
    "name": 1,
    "mail": 1,
    "get": 20,
}
"""How often a figure is taken a round; its median counts."""


def _aim(name: str, title: str, must: float, goal: float) -> Aim:
    return Aim(f"dav {name}", f"CardDAV, 5,000 cards: {title}", "ms", must, goal, more=True)


# Must: the line against the better of the two; goal: the note's, against the best peer it knows (sabre).
_SABRE_MS = {
    "put": 4.3,
    "list": 115.0,
    "first": 104.0,
    "unchanged": 5.2,
    "unchanged 8": 8.4,
    "changed": 16.0,
    "multiget": 28.0,
    "name": 1206.0,
    "mail": 609.0,
    "get": 1.64,
    "get 8": 8.5,
}
"""sabre/dav 4.7.1 in milliseconds (c=8: 8 / its rate), quoted: it was measured on another machine, without fsync."""
_AIMS = {
    "put": _aim("put", "PUT into a book of 4,950", 50, 55),
    "list": _aim("list", "PROPFIND Depth 1, getetag", 1, 6.7),
    "first": _aim("first", "sync-collection, empty token", 1, 6.1),
    "unchanged": _aim("unchanged", "sync-collection, nothing changed", 50, 62),
    "unchanged 8": _aim("unchanged 8", "nothing changed, 8 at once", 1, 250),
    "changed": _aim("changed", "sync-collection, one changed", 40, 40),
    "multiget": _aim("multiget", "multiget of 100", 7, 7.8),
    "name": _aim("name", "query FN contains, warm", 4, 4.4),
    "name cold": _aim("name cold", "query FN contains, cold", 1, 7),
    "mail": _aim("mail", "query EMAIL contains", 1, 3.4),
    "get": _aim("get", "GET of one", 1, 1.3),
    "get 8": _aim("get 8", "GET of one, 8 at once", 1, 3.9),
}


def measure(again: int) -> list[Row]:
    """All rows. Raises NotMeasured where the peers cannot be had."""
    with (
        tempfile.TemporaryDirectory(prefix="contacts-dav-") as name,
        contextlib.ExitStack() as open_,
    ):
        folder = Path(name)
        found = open_.enter_context(dav_peers.installed(folder))
        ours = open_.enter_context(stage.opened())
        mine = Book(dav_growth.filled(ours, OWNER, dav_cards.cards(FULL)))
        theirs = [Book(open_.enter_context(_served(folder, peer))) for peer in found]
        cold = _cold(mine, theirs)
        beside = [_row(kind, mine, theirs, again) for kind in _AIMS if kind != _COLD]
        return [cold, *beside, *dav_growth.measure(ours, mine, again)]


@contextlib.contextmanager
def _served(folder: Path, peer: Peer) -> Iterator[Served]:
    where = folder / peer.name.partition(" ")[0].lower()
    peer.fill(where, dav_cards.cards(FULL))
    with peer.start(where) as served:
        yield served


def _cold(mine: Book, theirs: list[Book]) -> Row:
    """The first query that each is asked after its start, so there is one round."""
    spent = {book.served.name: book.name() for book in (mine, *theirs)}
    best = min(spent[book.served.name] for book in theirs)
    beside = {f"{name} ms": figure for name, figure in spent.items()}
    return rows.compared(_AIMS[_COLD], [Round(spent["ours"], best)], peer_first=True, beside=beside)


def _row(kind: str, mine: Book, theirs: list[Book], again: int) -> Row:
    """Ours against the better of the peers: the median of the rounds' ratios."""
    spent: dict[str, list[float]] = {}
    pairs = []
    for book in (mine, *theirs):
        book.warm(kind.partition(" ")[0])
    for _ in range(_ROUNDS):
        noisy = False
        for book in (mine, *theirs):
            # The peers are not asked again: one of their figures takes up to a minute.
            tries = again if book is mine else 0
            figure, disturbed = rounds.quiet(partial(_once, book, kind), tries)
            spent.setdefault(book.served.name, []).append(figure)
            noisy = noisy or disturbed
        best = min(spent[book.served.name][-1] for book in theirs)
        pairs.append(Round(spent["ours"][-1], best, noisy))
    beside = {f"{name} ms": statistics.median(figures) for name, figures in spent.items()}
    beside["sabre, quoted ms"] = _SABRE_MS[kind]
    return rows.compared(_AIMS[kind], pairs, peer_first=True, beside=beside)


def _once(book: Book, kind: str) -> float:
    verb, _, clients = kind.partition(" ")
    if clients:
        return book.at_once(verb, int(clients))
    return book.median(verb, _EACH[verb])
