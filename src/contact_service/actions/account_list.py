"""Linked accounts as their owner sees them, with when each was last imported."""

from datetime import datetime
from uuid import UUID

import msgspec

from contact_service.actions import accounts
from contact_service.actions.context import Context
from contact_service.model.account import Account
from contact_service.model.problem import NotFound
from contact_service.storage import accounts as rows


class Linked(msgspec.Struct, frozen=True):
    """An account; `last_import`: when the newest whole run of it ended."""

    account: Account
    last_import: datetime | None


async def listed(ctx: Context) -> list[Linked]:
    """The owner's, oldest first."""
    imported = await rows.imported(ctx.tx)
    return [Linked(one, imported.get(one.id)) for one in await accounts.listed(ctx)]


async def one(ctx: Context, account: UUID) -> Linked:
    """The owner's account of that id. Raises NotFound (404)."""
    for found in await listed(ctx):
        if found.account.id == account:
            return found
    raise NotFound
