"""Giving a grant back to the provider: an errand, tried again while the provider is away; nobody waits for it.

The tokens go with the errand, sealed, and are held nowhere else from then on.
"""

import msgspec

from contact_service.actions import edge, errands
from contact_service.actions.account_tokens import Tokens
from contact_service.actions.context import Context, House
from contact_service.integrations import oauth
from contact_service.storage.outbox import Errand


class _Left(msgspec.Struct, frozen=True, array_like=True):
    provider: str
    tokens: Tokens


async def leave(ctx: Context, provider: str, tokens: Tokens) -> None:
    """Have the grant of these tokens revoked."""
    payload = msgspec.msgpack.encode(_Left(provider, tokens))
    await errands.leave(ctx, errands.REVOKE, payload)


async def carry(house: House, errand: Errand) -> None:
    """Revoke at the provider. Twice comes to the same. Raises OAuthAway: later."""
    left = await edge.read(house, errand.owner, str(errand.id), _left, errand)
    app = house.settings.providers[left.provider]
    access, refresh = left.tokens.access, left.tokens.refresh
    await oauth.revoke(house.outward, left.provider, app, refresh or access, access)


async def _left(ctx: Context, errand: Errand) -> _Left:
    return msgspec.msgpack.decode(errands.payload(ctx, errand), type=_Left)
