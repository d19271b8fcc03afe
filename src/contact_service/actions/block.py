"""Block and unblock: change and audit. What a block hides: actions/disclosure.py."""

from contact_service.actions.context import Context
from contact_service.model.block import Block
from contact_service.model.ids import UserId
from contact_service.storage import blocks


async def add(ctx: Context, user: UserId) -> None:
    """Refuse `user` from `ctx.now` on; a repeat changes nothing. Raises CannotBlockYourself (409).

    An id nobody has is accepted: a 404 here would tell the caller which ids exist.
    """
    if await blocks.add(ctx.tx, Block(ctx.owner, user, since=ctx.now)):
        await ctx.note("block.added", object_kind="user", object_id=user)


async def remove(ctx: Context, user: UserId) -> None:
    """Take a block back; matches show again at once, for the gate only hid them."""
    if await blocks.remove(ctx.tx, user):
        await ctx.note("block.removed", object_kind="user", object_id=user)


async def page(ctx: Context, after: str, limit: int) -> list[Block]:
    """The owner's blocks of user ids above `after`, at most `limit`."""
    return await blocks.page(ctx.tx, after, limit)
