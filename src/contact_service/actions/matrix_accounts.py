"""Accounts of the Matrix face: a homeserver says who somebody is, a token of ours stands for it from then on."""

from datetime import UTC, datetime, timedelta

from contact_service.actions.context import Context, House
from contact_service.formats import matrix as spelling
from contact_service.integrations import matrix_homeserver
from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.storage import matrix
from contact_service.storage.matrix import Session
from contact_service.vault import matrix_tokens

MOST_TOKENS = 64
"""Of one account: the oldest goes when there is one more."""
AT_ONCE = 1_000
_NOBODY = OwnerId("")


async def proved(house: House, server: str, token: str) -> str | None:
    """The Matrix id that an OpenID token was given to, as its homeserver says; None when it says no such thing.

    Only a homeserver that the settings name is asked, and only believed about its own users: else KeyError, None.
    Raises Unavailable (503) when it does not answer.
    """
    mxid = await matrix_homeserver.user_of(house.settings.matrix_homeservers[server], token)
    return mxid if mxid is not None and spelling.server_of(mxid) == server else None


def owner_of(house: House, mxid: str) -> OwnerId:
    """Whose account a Matrix id opens: the app's own user where it is one's, else an owner by the Matrix id itself.

    Raises InvalidId (422) for one that no owner can have.
    """
    return ids.owner_id(spelling.user_of(mxid, house.settings.matrix_server_name))


def id_of(house: House, owner: OwnerId) -> str | None:
    """The owner's Matrix id; None when they have none."""
    return spelling.id_of(owner, house.settings.matrix_server_name)


async def open_(ctx: Context, mxid: str) -> str:
    """A new access token of the owner. What is kept of it lets nobody in."""
    token = matrix_tokens.new()
    mark = matrix_tokens.mark(ctx.house.keyring, token)
    assert mark is not None, "of our own making"
    until = ctx.now + timedelta(days=ctx.house.settings.matrix_token_days)
    await matrix.add_session(ctx.tx, mark, mxid, ctx.now, until, MOST_TOKENS)
    await ctx.note("matrix.signed-in")
    return token


async def session(house: House, token: str) -> Session | None:
    """Whose token it is now; None when it is nobody's. Raises DatabaseDown, Overloaded (503)."""
    mark = matrix_tokens.mark(house.keyring, token)
    if mark is None:
        return None
    now = datetime.now(UTC)
    return await house.db.glance(_NOBODY, lambda tx: matrix.session(tx, mark, now))


async def close(house: House, token: str) -> None:
    """End a token at once, in every process; also of an owner who may do nothing else. Raises as `session`."""
    mark = matrix_tokens.mark(house.keyring, token)
    if mark is not None:
        await house.db.sharing(lambda tx: matrix.drop_session(tx, mark))


async def let_go(house: House, now: datetime, *, at_once: int = AT_ONCE) -> int:
    """Let go of the tokens past their time, in transactions of at most `at_once`; how many went. For the clock.

    Raises DatabaseDown, Overloaded (503).
    """
    gone = 0
    while part := await house.db.sharing(lambda tx: matrix.drop_expired(tx, now, at_once)):
        gone += part
    return gone
