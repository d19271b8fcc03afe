"""Matches: pairs of an owner's card and a registered user, and how far the book has been matched.

What is here may still be hidden: actions/disclosure.py decides at every read.
"""

from datetime import datetime

import msgspec

from contact_service.model.identifier import Kind
from contact_service.model.ids import CardId, UserId
from contact_service.model.match import Match
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("matches")


class State(msgspec.Struct, frozen=True):
    """The whole book is matched up to directory number `through_seq`; it stood at `book_version` at the last re-match.

    `region`: what the last upload named; `dialled`: what the numbers were read in, under that `metadata`; `prints`: see
    actions/prints.py; `waiting`: how many identifiers of the book wait for the budget.
    """

    through_seq: int
    book_version: int
    metadata: str
    region: str | None
    matched_at: datetime
    dialled: str | None = None
    prints: bytes | None = None
    waiting: int = 0


_STATE = len(State.__struct_fields__)


async def add(tx: Tx, pairs: list[Match]) -> None:
    """Keep pairs; a pair that stands already gets the newer binding."""
    await tx.run(
        SQL["add"],
        tx.owner,
        [p.card for p in pairs],
        [p.user for p in pairs],
        [p.kind.value for p in pairs],
        [p.entry_id for p in pairs],
    )


async def drop_cards(tx: Tx, cards: list[CardId]) -> None:
    """Forget what these cards matched."""
    await tx.run(SQL["drop_cards"], tx.owner, cards)


async def drop_entries(tx: Tx, entries: list[int]) -> None:
    """Forget pairs that rest on these bindings."""
    await tx.run(SQL["drop_entries"], tx.owner, entries)


async def drop_pairs(tx: Tx) -> None:
    """Forget all matches."""
    await tx.run(SQL["drop_all"], tx.owner)


async def drop_all(tx: Tx) -> None:
    """Forget all matches and how far the book was matched."""
    await drop_pairs(tx)
    await tx.run(SQL["drop_state"], tx.owner)


async def of_owner(tx: Tx) -> list[Match]:
    """All pairs of the owner, by card."""
    rows = await tx.rows(SQL["of_owner"], tx.owner)
    return [
        Match(CardId(r["card_id"]), UserId(r["user_id"]), Kind(r["kind"]), r["entry_id"])
        for r in rows
    ]


async def standing(tx: Tx) -> tuple[State | None, list[Match]]:
    """`state` and `of_owner`, in one statement."""
    row = await tx.row(SQL["standing"], tx.owner)
    assert row is not None, "there is one, whatever there is"
    state = State(*row[:_STATE]) if row["through_seq"] is not None else None
    columns = zip(*(row[_STATE:]), strict=True) if row["cards"] is not None else ()
    return state, [
        Match(CardId(card), UserId(user), Kind(kind), entry) for card, user, kind, entry in columns
    ]


async def state(tx: Tx) -> State | None:
    """How far the owner's book is matched."""
    row = await tx.row(SQL["state"], tx.owner)
    return State(*row) if row else None


async def set_state(tx: Tx, now: State) -> None:
    """Note how far the owner's book is matched."""
    await tx.run(
        SQL["set_state"],
        tx.owner,
        now.through_seq,
        now.book_version,
        now.metadata,
        now.region,
        now.matched_at,
        now.dialled,
        now.prints,
        now.waiting,
    )
