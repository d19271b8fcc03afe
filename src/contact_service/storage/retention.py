"""What is held no longer: former revisions, refused bodies, tombstones, kept answers, blobs that nothing points to.

The periods are the caller's. No number of the feed is handed out: a row that goes only raises the floors, in the same
transaction, so that a token which might have missed it is expired.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from contact_service.model.ids import BookId, CardId
from contact_service.storage import blobs, queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("retention")


class Before(msgspec.Struct, frozen=True):
    """The moments from before which rows go: `history` of revisions, refused bodies and what a tombstone says beside
    its place; `tombstones` of all that the feed says is gone; `answers` of Idempotency-Keys; `budgets` of discovery
    budgets that nobody used; `now` of links and blobs; `imports` of what an undo brings back and of reports;
    `validations` of verdicts; `files`, `raws` of imports' files and of what their rejects were. `peppers`: epochs of
    the Matrix pepper that are not gone.
    """

    history: datetime
    tombstones: datetime
    answers: datetime
    now: datetime
    budgets: datetime
    peppers: tuple[int, ...]
    imports: datetime
    validations: datetime
    files: datetime
    raws: datetime


class Counts(msgspec.Struct, frozen=True):
    """Rows by class. `trash`: tombstones that became bare; `names`, `keywords`: tombstones of names and keyword groups;
    `links`: one-time links; `blobs`: photos and other binary values; `budgets`: discovery budgets, full by then;
    `sets`: of Matrix addresses that were paid for under a pepper that is gone; `earlier`: what records were before
    runs; `validations`: verdicts; `files`: pieces of imports' files; `raws`: bytes of rejects, `rejects`, `imports`:
    what is said of imports.
    """

    history: int = 0
    refused: int = 0
    trash: int = 0
    answers: int = 0
    tombstones: int = 0
    names: int = 0
    keywords: int = 0
    links: int = 0
    blobs: int = 0
    budgets: int = 0
    sets: int = 0
    earlier: int = 0
    validations: int = 0
    files: int = 0
    raws: int = 0
    rejects: int = 0
    imports: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(self.each(), other.each(), strict=True)))

    def each(self) -> tuple[int, ...]:
        """The counts in the order of the fields."""
        return msgspec.structs.astuple(self)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.each())


async def due(tx: Tx, before: Before) -> Counts:
    """How much would go now."""
    row = await tx.row(
        SQL["due"],
        tx.owner,
        before.history,
        before.tombstones,
        before.answers,
        before.now,
        before.budgets,
        before.peppers,
        before.imports,
        before.validations,
        before.files,
        before.raws,
    )
    assert row is not None, "a row of counts"
    return Counts(*row)


async def drop(tx: Tx, before: Before, most: int) -> Counts:
    """Let go of at most about `most` rows, in the order of the classes; what is left is found by the next call.

    The owner's row must be locked. Blobs have a verb of their own: what points to them goes first.
    """
    done: dict[str, int] = {}
    for name, step, moment in _STEPS:
        room = most - sum(done.values())
        if room <= 0:
            break
        done[name] = await step(tx, name, getattr(before, moment), room)
    return Counts(**done)


async def drop_blobs(tx: Tx, before: Before) -> Counts:
    """Let go of the blobs that nothing points to. The owner's row must be locked."""
    return Counts(blobs=await blobs.drop_unused(tx, before.now))


async def wipe(tx: Tx, cards: list[CardId]) -> None:
    """Take everything that deleted cards were: history, refused bodies, uids. Their tombstones stay in the feed."""
    await tx.run(SQL["wipe_revisions"], tx.owner, cards)
    await tx.run(SQL["wipe_refused"], tx.owner, cards)
    await tx.run(SQL["wipe_heads"], tx.owner, cards)


async def _plain(tx: Tx, name: str, before: datetime, most: int) -> int:
    return await tx.run(SQL[name], tx.owner, before, most)


async def _all(tx: Tx, name: str, before: datetime, most: int) -> int:
    del most  # an owner has a few devices, and one budget
    return await tx.run(SQL[name], tx.owner, before)


async def _ended(tx: Tx, name: str, peppers: tuple[int, ...], most: int) -> int:
    del most  # an owner has a bounded number
    return await tx.run(SQL[name], tx.owner, peppers)


async def _of_feed(tx: Tx, name: str, before: datetime, most: int) -> int:
    rows = await tx.rows(SQL[name], tx.owner, before, most)
    if rows:
        await _raise_floors(tx, rows)
    return len(rows)


async def _raise_floors(tx: Tx, rows: Iterable[Row]) -> None:
    floors: dict[BookId, int] = {}
    for row in rows:
        book = BookId(row["book_id"])
        floors[book] = max(floors.get(book, 0), row["version"])
    # Of a book that is no more, only the feed of all books can tell.
    await tx.run(SQL["raise_floor"], tx.owner, max(floors.values()))
    await tx.run(SQL["raise_floors"], tx.owner, list(floors), list(floors.values()))


_STEPS: tuple[tuple[str, Callable[[Tx, str, Any, int], Awaitable[int]], str], ...] = (
    ("earlier", _plain, "imports"),
    ("validations", _all, "validations"),
    ("files", _plain, "files"),
    ("rejects", _plain, "imports"),
    ("raws", _plain, "raws"),
    ("imports", _plain, "imports"),
    ("history", _plain, "history"),
    ("refused", _plain, "history"),
    ("tombstones", _of_feed, "tombstones"),
    ("trash", _plain, "history"),
    ("answers", _plain, "answers"),
    ("names", _of_feed, "tombstones"),
    ("keywords", _of_feed, "tombstones"),
    ("links", _all, "now"),
    ("budgets", _all, "budgets"),
    ("sets", _ended, "peppers"),
)
"""Class, how its rows go, which member of Before. Tombstones before trash: one that goes need not become bare."""
