"""Blocks at rest. Who reads them: actions/block.py lists one's own, actions/disclosure.py asks both directions."""

from contact_service.model.block import Block
from contact_service.model.ids import OwnerId, UserId
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


async def theirs(tx: Tx, owners: list[UserId], user: OwnerId) -> set[str]:
    """Which of these owners refuse the user."""
    return {row["owner_id"] for row in await tx.rows(SQL["theirs"], owners, user)}
