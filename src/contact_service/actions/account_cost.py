"""What an import would cost, told before it begins: the provider is asked how much there is, which may cost itself."""

from uuid import UUID

import msgspec

from contact_service.actions import accounts
from contact_service.actions.context import House
from contact_service.integrations import x
from contact_service.integrations.connector import ConnectorError
from contact_service.model.account_problem import CostUnknown
from contact_service.model.ids import OwnerId

_CENT = 10_000


class Cost(msgspec.Struct, frozen=True):
    """`records` would be read, for so many millionths of a USD; `covered`: the budget of one import is as large."""

    records: int
    micro_usd: int
    covered: bool


async def of(house: House, owner: OwnerId, account: UUID) -> Cost:
    """What reading the account would cost now; nothing where calls are free.

    Raises NotFound (404), ConsentRequired (403), CostUnknown (409).
    """
    await accounts.must_have(house, owner, account)
    try:
        connector, pull = await accounts.puller(house, owner, account)
        if not connector.manifest.cost_micro_usd:
            return Cost(0, 0, covered=True)
        price = await x.price(pull)
    except ConnectorError as error:
        raise CostUnknown(error.slug) from None
    covered = price.micro_usd <= house.settings.budget_run * _CENT
    return Cost(price.followers + price.following, price.micro_usd, covered)
