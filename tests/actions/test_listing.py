"""Where cards lie: put together by steps it is what it is at once, and what a device is told joins to what is there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contact_service.actions import listing
from contact_service.actions.listing import Listing
from contact_service.model.ids import BookId, CardId, OwnerId
from contact_service.model.owner import Head, State
from contact_service.storage.books import LeftName
from contact_service.storage.cards import PlaceRow
from contact_service.vault import heads, sealing
from contact_service.vault.sealing import DataKey

HEAD = Head(OwnerId("o"), 0, 1, 0, State.ACTIVE, 1, 0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOOKS = (BookId("contacts"), BookId("work"))
# A card by number, what happens to it, in which book, under which name.
STEP = st.tuples(
    st.integers(0, 5),
    st.sampled_from(["put", "put", "bury", "move"]),
    st.sampled_from(BOOKS),
    st.integers(0, 3),
)


async def pages(rows: list[PlaceRow]) -> AsyncIterator[list[PlaceRow]]:
    for start in range(0, len(rows), 2):
        yield rows[start : start + 2]


class Store:
    """Rows as they would rest: the newest of each card, and the names that cards left."""

    def __init__(self) -> None:
        self.key: DataKey = sealing.new("o", 1)
        self.rows: dict[CardId, PlaceRow] = {}
        self.names: dict[CardId, str] = {}
        self.left: list[LeftName] = []
        self.version = 0

    def live(self, book: BookId) -> dict[str, int]:
        return {
            self.names[c]: r.version
            for c, r in self.rows.items()
            if not r.deleted and r.book == book
        }

    def take(self, number: int, what: str, book: BookId, name: int) -> None:
        card, wanted = CardId(UUID(int=number)), f"n{name}.vcf"
        row = self.rows.get(card)
        alive = row is not None and not row.deleted
        if what == "bury" and row is not None and alive:
            self._write(card, row.book, self.names[card], deleted=True)
        elif what == "move" and row is not None and alive and wanted not in self.live(book):
            before = row.book, self.names[card]
            self._write(card, book, wanted)
            self.version += 1
            sealed = heads.seal_name(self.key, card, self.version, before[1])
            self.left.append(LeftName(before[0], self.version, card, sealed))
        elif what == "put" and row is not None and alive:
            self._write(card, row.book, self.names[card])
        elif what == "put" and row is not None:
            # Out of the trash: to where it lay.
            if self.names[card] not in self.live(row.book):
                self._write(card, row.book, self.names[card])
        elif what == "put" and wanted not in self.live(book):
            self._write(card, book, wanted)

    def _write(self, card: CardId, book: BookId, name: str, *, deleted: bool = False) -> None:
        self.version += 1
        before = self.rows.get(card)
        rev = before.rev + 1 if before is not None else 1
        sealed = heads.seal_many(self.key, [(card, rev, "uid", name)])[0]
        self.names[card] = name
        self.rows[card] = PlaceRow(card, book, self.version, rev, deleted, NOW, "4.0", sealed)

    async def since(self, older: Listing | None) -> Listing:
        version = older.head.version if older else 0
        rows = sorted(
            (r for r in self.rows.values() if r.version > version), key=lambda r: r.version
        )
        left = [one for one in self.left if one.version > version]
        head = msgspec.structs.replace(HEAD, version=self.version)
        return await listing.build(self.key, head, pages(rows), left, older, {})


@given(st.lists(STEP, max_size=40), st.sets(st.integers(0, 40), max_size=8))
async def test_a_device_that_follows_holds_what_is_there(
    steps: list[tuple[int, str, BookId, int]], looks: set[int]
) -> None:
    store = Store()
    grown: Listing | None = None
    held: dict[BookId, dict[str, int]] = {book: {} for book in BOOKS}
    for at, step in enumerate([*steps, None]):
        if at in looks or step is None:
            seen = grown.head.version if grown else 0
            grown = await store.since(grown)
            for book in BOOKS:
                shelved = grown.shelved(book)
                told = {name for _, name in shelved.removed(seen)}
                changed = {e.name: e.version for e in shelved.changed(seen)}
                assert not told & changed.keys()
                held[book] = {n: v for n, v in held[book].items() if n not in told} | changed
                assert held[book] == store.live(book)
        if step is not None:
            store.take(*step)
    at_once = await store.since(None)
    assert grown is not None
    for book in BOOKS:
        assert grown.shelved(book).changed(0) == at_once.shelved(book).changed(0)
        assert len(at_once.shelved(book)) == len(store.live(book))


async def test_a_card_that_was_given_no_name_goes_by_its_id() -> None:
    card = CardId(UUID(int=7))
    row = PlaceRow(card, BOOKS[0], 1, 1, deleted=False, updated_at=NOW, lines=None, head=None)
    built = await listing.build(sealing.new("o", 1), HEAD, pages([row]), [], None, {})
    entry = built.shelved(BOOKS[0]).get(f"{card}.vcf")
    assert entry is not None
    assert entry.card == card
