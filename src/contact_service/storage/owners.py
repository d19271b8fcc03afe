"""Owners' heads and books: the counter all caches and tokens hang on."""

from datetime import datetime

from contact_service.model.ids import DEFAULT_BOOK, BookId, OwnerId, UserId
from contact_service.model.owner import Head, State
from contact_service.model.problem import Broken
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("owners")


def head(row: Row) -> Head:
    """The value of an owners row."""
    return Head(
        owner=OwnerId(row["owner_id"]),
        version=row["version"],
        epoch=row["epoch"],
        consents=row["consents"],
        state=State(row["state"]),
        key_gen=row["key_gen"],
        live_cards=row["live_cards"],
        keyword_groups=row["keyword_groups"],
        feed_floor=row["feed_floor"],
    )


async def make(tx: Tx, epoch: int, wrapped: bytes, now: datetime) -> bool:
    """Make the owner with an empty default book and a data key. False when the owner was there already."""
    if await tx.value(SQL["make"], tx.owner, epoch, now) is None:
        return False
    await tx.run(SQL["make_book"], tx.owner, DEFAULT_BOOK)
    # A user registered before their first request has a data key already, and keeps it.
    await add_key(tx, 1, wrapped, now)
    return True


async def lock(tx: Tx) -> Head | None:
    """The head, held until commit; None when this owner was never here."""
    row = await tx.row(SQL["lock"], tx.owner)
    return head(row) if row else None


async def read(tx: Tx) -> Head | None:
    """The head as this transaction sees it."""
    row = await tx.row(SQL["head"], tx.owner)
    return head(row) if row else None


async def advance(tx: Tx, since: int, version: int, *, live: int, books: dict[BookId, int]) -> None:
    """Hand out the numbers after `since` up to `version`; `live` is the change in the count of live cards, `books` the
    last number each changed book got. Raises Broken (500) where some of these were handed out before in this
    transaction: two rows of one number are rows that devices miss.
    """
    places = (list(books), list(books.values()))
    if not await tx.run(SQL["advance"], tx.owner, version, live, *places, since):
        raise Broken("Numbers were to be handed out twice.")


async def set_consents(tx: Tx, bits: int) -> None:
    """The bit set of purposes given from now on."""
    await tx.run(SQL["set_consents"], tx.owner, bits)


async def set_keyword_groups(tx: Tx, *, shown: bool) -> None:
    """Whether some device is shown keywords as groups from now on: their rows are kept up only while one is."""
    await tx.run(SQL["set_keyword_groups"], tx.owner, shown)


async def set_state(tx: Tx, state: State) -> None:
    """Whether the owner may act and be found, from now on."""
    await tx.run(SQL["set_state"], tx.owner, state.value)


KEYS = queries.load("data_keys")


async def add_key(tx: Tx, gen: int, wrapped: bytes, now: datetime) -> bool:
    """Keep a wrapped data key. False when that generation stands already."""
    return await tx.value(KEYS["add"], tx.owner, gen, wrapped, now) is not None


async def wrapped_key(tx: Tx, gen: int) -> bytes | None:
    """One wrapped data key."""
    found: bytes | None = await tx.value(KEYS["get"], tx.owner, gen)
    return found


async def wrapped_keys_of(tx: Tx, users: list[UserId]) -> dict[UserId, tuple[int, bytes]]:
    """The live wrapped keys of registered users: user -> (generation, wrapped)."""
    rows = await tx.rows(KEYS["of_users"], users)
    return {UserId(row["owner_id"]): (row["gen"], row["wrapped"]) for row in rows}


async def add_keys(tx: Tx, keys: list[tuple[UserId, bytes]], now: datetime) -> None:
    """Keep first data keys of users who never were here themselves: (user, wrapped)."""
    await tx.run(
        KEYS["add_many"], [user for user, _ in keys], [wrapped for _, wrapped in keys], now
    )
