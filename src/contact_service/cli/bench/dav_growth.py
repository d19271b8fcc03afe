"""CardDAV as a book grows: a write into a full one beside an empty one, "nothing changed" at 50,000 beside 500."""

from functools import partial

from contact_service.cli.bench import dav_cards, rounds, rows
from contact_service.cli.bench.dav_book import Book, Client
from contact_service.cli.bench.dav_peers import Cards, Served
from contact_service.cli.bench.rounds import Round
from contact_service.cli.bench.rows import Aim, Row
from contact_service.cli.bench.stage import Stage

_PUT = Aim(
    "dav put growth", "CardDAV: PUT into 4,950 cards, of one into none", "ms", 0.9, 1, more=True
)
_SYNC = Aim(
    "dav unchanged growth",
    "CardDAV: nothing changed of 50,000, beside 500",
    "ms",
    1.2,
    1.1,
    more=False,
)
_ROUNDS, _PUTS, _SYNCS = 5, 20, 40
_LARGE, _A_REQUEST, _SMALL = 50_000, 10_000, 500


def measure(at: Stage, full: Book, again: int) -> list[Row]:
    """Both rows. `full` is a book of ours that holds 4,950 cards."""
    empty = Book(filled(at, "bench-dav-empty", ()))
    large, small = Book(_uploaded(at, _LARGE)), Book(_uploaded(at, _SMALL))
    return [_puts(full, empty, again), _syncs(large, small, again)]


def _puts(full: Book, empty: Book, again: int) -> Row:
    found = _rounds(partial(full.median, "put", _PUTS), partial(empty.median, "put", _PUTS), again)
    return rows.compared(_PUT, found, peer_first=True)


def _syncs(large: Book, small: Book, again: int) -> Row:
    found = _rounds(
        partial(large.median, "unchanged", _SYNCS),
        partial(small.median, "unchanged", _SYNCS),
        again,
    )
    return rows.compared(_SYNC, found, peer_first=False)


def _rounds(ours: "partial[float]", peer: "partial[float]", again: int) -> list[Round]:
    ours(), peer()  # warm
    return rounds.alternate(ours, peer, _ROUNDS, again)


def filled(at: Stage, owner: str, cards: Cards) -> Served:
    """A book of ours, filled as a client would: by PUT."""
    served = Served("ours", at.port, f"/dav/addressbooks/{owner}/contacts/", _login(at, owner))
    client = Client(served)
    for name, card in cards:
        client.ask("PUT", name, card, Content_Type="text/vcard")
    client.close()
    return served


def _login(at: Stage, owner: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {at.token(owner)}"}


def _uploaded(at: Stage, cards: int) -> Served:
    """A large book, by uploads: how it came makes no difference to a sync."""
    owner = f"bench-dav-{cards}"
    at.consent(owner)
    for start in range(0, cards, _A_REQUEST):
        some = range(start, min(cards, start + _A_REQUEST))
        body = b"".join(dav_cards.card(number, with_photo=False)[1] for number in some)
        path = f"/v1/contacts:upload?deviceId=d{start}"
        at.ask("POST", path, owner, body, {"Content-Type": "text/vcard"})
    return filled(at, owner, ())
