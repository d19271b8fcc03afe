"""Money: no paid call without a row in the ledger before it, and no row that a budget does not cover.

An owner's calls meet at the locked row of the owner, all owners' at the row of the day: concurrent calls see each
other's rows, so that their sum stays within the budgets. What a lost call cost is not known: its row stays at the most.
"""

from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec

from contact_service.actions import edge
from contact_service.actions.context import Context, House
from contact_service.integrations.connector import BudgetExceeded
from contact_service.model.ids import OwnerId
from contact_service.storage import provider_spend

WHO = "spending"
_CENT = 10_000


class Reserved(msgspec.Struct, frozen=True):
    """A row of the ledger: a call of that day that may cost so many millionths of a USD."""

    id: UUID
    day: date
    micro_usd: int


async def reserve(ctx: Context, provider: str, micro_usd: int, run: UUID | None = None) -> Reserved:
    """Note a call that is about to be made and may cost that much. Commit before it is made.

    Raises BudgetExceeded: of the run, of the owner's day, or of all owners' day.
    """
    settings = ctx.house.settings
    day = ctx.now.astimezone(UTC).date()
    midnight = datetime.combine(day, time(), UTC)
    # A call of no run is a run of its own.
    spent = await provider_spend.of_run(ctx.tx, run) if run is not None else 0
    _refuse(spent + micro_usd, settings.budget_run)
    _refuse(await provider_spend.of_owner(ctx.tx, midnight) + micro_usd, settings.budget_owner)
    limit = settings.budget_day * _CENT
    if not await provider_spend.spend_day(ctx.tx, day, micro_usd, limit):
        raise BudgetExceeded
    made = Reserved(ctx.new_id(), day, micro_usd)
    await provider_spend.add(ctx.tx, made.id, provider, run, micro_usd, ctx.now)
    return made


async def settle(ctx: Context, reserved: Reserved, micro_usd: int) -> None:
    """Note what the call cost, not more than was reserved. A second time changes nothing."""
    cost = min(micro_usd, reserved.micro_usd)
    if await provider_spend.settle(ctx.tx, reserved.id, cost) and cost < reserved.micro_usd:
        await provider_spend.give_back(ctx.tx, reserved.day, reserved.micro_usd - cost)


class Purse:
    """The Purse (integrations/fetching.py) of an owner's run at a provider, `each` millionths of a USD a record."""

    __slots__ = ("_each", "_house", "_owner", "_provider", "_run")

    def __init__(
        self, house: House, owner: OwnerId, provider: str, each: int, run: UUID | None
    ) -> None:
        self._house = house
        self._owner = owner
        self._provider = provider
        self._each = each
        self._run = run

    async def reserve(self, records: int) -> Reserved:
        """A row for so many records, committed. Raises BudgetExceeded."""
        cost = records * self._each
        return await edge.write(
            self._house, self._owner, WHO, reserve, self._provider, cost, self._run
        )

    async def settle(self, reserved: object, records: int) -> None:
        """So many it was."""
        assert isinstance(reserved, Reserved), "given by `reserve`"
        cost = records * self._each
        await edge.write(self._house, self._owner, WHO, settle, reserved, cost)


def _refuse(micro_usd: int, cents: int) -> None:
    if micro_usd > cents * _CENT:
        raise BudgetExceeded
