"""Blocks at rest. Who reads them: actions/block.py one's own, the gate both directions (storage/disclosure.py)."""

from contact_service.model.block import Block
from contact_service.model.ids import UserId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("blocks")


async def add(tx: Tx, block: Block) -> bool:
    """Keep the block. False when this user was refused before: the first date stays."""
    return await tx.value(SQL["add"], block.owner, block.user, block.since) is not None


async def remove(tx: Tx, user: UserId) -> bool:
    """Take a block back. False when there was none."""
    return await tx.value(SQL["remove"], tx.owner, user) is not None


async def page(tx: Tx, after: str, limit: int) -> list[Block]:
    """The owner's blocks of user ids above `after`, by user id."""
    rows = await tx.rows(SQL["page"], tx.owner, after, limit)
    return [Block(tx.owner, UserId(row["user_id"]), row["since"]) for row in rows]


async def mine(tx: Tx, users: list[UserId]) -> set[str]:
    """Which of the users this owner refuses."""
    return {row["user_id"] for row in await tx.rows(SQL["mine"], tx.owner, users)}
