"""Imports of linked accounts, begun by their owner or by the clock."""

from uuid import UUID

from contact_service.actions import accounts, runs
from contact_service.actions.context import Context
from contact_service.model.account import State
from contact_service.model.import_run import Import
from contact_service.model.imports import Kind
from contact_service.model.imports_problem import NotConnected
from contact_service.model.problem import NotFound


async def begin(ctx: Context, account: UUID, *, confirm: bool = False) -> Import:
    """A run that reads the account. Raises NotFound (404), ConsentRequired (403), ImportUnderWay, NotConnected (409),
    TooManyImports (429).
    """
    found = await accounts.get(ctx, account)
    if found is None or found.state is State.UNLINKING:
        raise NotFound
    if found.state is not State.CONNECTED:
        raise NotConnected
    return await runs.begin_account(ctx, account, Kind(found.provider), confirm=confirm)
