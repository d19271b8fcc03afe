"""Block and unblock: change and audit. What a block hides at once, both ways: actions/disclosure.py.

Lists of many users at once (the buckets of private discovery) learn of it by an errand, some seconds later.
"""

from contact_service.actions import edge, errands
from contact_service.actions.context import Context, House
from contact_service.model.block import Block
from contact_service.model.ids import OwnerId, UserId
from contact_service.storage import blocked_by, blocks, registrations
from contact_service.storage.db import Tx
from contact_service.storage.outbox import Errand


async def add(ctx: Context, user: UserId) -> None:
    """Refuse `user` from `ctx.now` on; a repeat changes nothing. Raises CannotBlockYourself (409).

    An id nobody has is accepted: a 404 here would tell the caller which ids exist.
    """
    if await blocks.add(ctx.tx, Block(ctx.owner, user, since=ctx.now)):
        await ctx.note("block.added", object_kind="user", object_id=user)
        await errands.leave(ctx, errands.BLOCK, user.encode())


async def remove(ctx: Context, user: UserId) -> None:
    """Take a block back; matches show again at once, for the gate only hid them."""
    if await blocks.remove(ctx.tx, user):
        await ctx.note("block.removed", object_kind="user", object_id=user)
        await errands.leave(ctx, errands.BLOCK, user.encode())


async def page(ctx: Context, after: str, limit: int) -> list[Block]:
    """The owner's blocks of user ids above `after`, at most `limit`."""
    return await blocks.page(ctx.tx, after, limit)


async def carry(house: House, errand: Errand) -> None:
    """Tell the user of an errand whether its owner refuses them now. Raises DatabaseDown, Overloaded (503)."""
    user = UserId(await edge.read(house, errand.owner, str(errand.id), _refused, errand))

    async def tell(tx: Tx) -> None:
        # The number first, and held until what it tells is there: who looks at a list in between would hold the number
        # without it. Then what stands, so that a later number never tells an earlier state, however errands overtake.
        seq = await registrations.take(tx, 1)
        blocked = await edge.read(house, errand.owner, str(errand.id), _refuses, user)
        await blocked_by.put(tx, UserId(errand.owner), blocked=blocked, seq=seq)

    # A row of the other side's, who may never have been here: no owner is made for it.
    await house.db.writing(OwnerId(user), tell)


async def _refused(ctx: Context, errand: Errand) -> str:
    return errands.payload(ctx, errand).decode()


async def _refuses(ctx: Context, user: UserId) -> bool:
    return user in await blocks.mine(ctx.tx, [user])
