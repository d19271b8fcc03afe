"""Who may find me by what: the owner's own choice, carried into the directory in the same transaction."""

from contact_service.actions import directory
from contact_service.actions.context import Context
from contact_service.model.ids import UserId
from contact_service.model.sharing import Sharing
from contact_service.storage import registrations, sharing


async def get(ctx: Context) -> Sharing:
    """What the owner chose, else what the app registered, else the protective start values."""
    chosen = await sharing.get(ctx.tx)
    if chosen is not None:
        return chosen
    own = UserId(ctx.owner)
    registered = (await registrations.get_many(ctx.tx, [own])).get(own)
    return registered.sharing if registered else Sharing()


async def put(ctx: Context, chosen: Sharing) -> Sharing:
    """Keep the choice; it beats every later registration. Narrowed sharing holds from the next request on.

    Said again it still lifts an objection that came since: the verified holder wants to be found.
    """
    if await sharing.get(ctx.tx) != chosen:
        await sharing.put(ctx.tx, chosen, ctx.now)
        await ctx.note("sharing.changed")
    await directory.share(ctx, UserId(ctx.owner), chosen)
    return chosen
