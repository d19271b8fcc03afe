"""The cards of an owner that wait for the discovery budget before they are matched, in their order."""

from collections.abc import Collection, Mapping

from contact_service.model.ids import CardId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("match_queue")


async def of_owner(tx: Tx) -> dict[CardId, int]:
    """The cards that wait and their places, first the one whose turn is next."""
    rows = await tx.rows(SQL["of_owner"], tx.owner)
    return {CardId(row["card_id"]): row["place"] for row in rows}


async def among(tx: Tx, cards: Collection[CardId]) -> set[CardId]:
    """Which of these cards wait."""
    rows = await tx.rows(SQL["among"], tx.owner, list(cards))
    return {CardId(row["card_id"]) for row in rows}


async def last(tx: Tx, favoured: int) -> int:
    """The last place that was given, as of a card that is no favourite; favourites stand `favoured` before."""
    found: int = (await tx.rows(SQL["last"], tx.owner, favoured))[0]["last"]
    return found


async def add(tx: Tx, places: Mapping[CardId, int]) -> None:
    """Let these cards wait; one that waits already keeps its place."""
    await tx.run(SQL["add"], tx.owner, list(places), list(places.values()))


async def drop_cards(tx: Tx, cards: Collection[CardId]) -> None:
    """Let these cards wait no more."""
    await tx.run(SQL["drop_cards"], tx.owner, list(cards))


async def drop_all(tx: Tx) -> None:
    """Let no card wait any more."""
    await tx.run(SQL["drop_all"], tx.owner)
