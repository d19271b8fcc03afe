"""Accounts: an OpenID token of a homeserver is exchanged for a token of ours."""

from contact_service.actions import matrix_accounts
from contact_service.endpoints.matrix import told
from contact_service.endpoints.matrix.asked import Asked
from contact_service.endpoints.matrix.told import Refused, Told
from contact_service.model.problem import Unauthenticated


async def register(asked: Asked) -> Told:
    """POST …/v2/account/register {access_token, token_type, matrix_server_name, expires_in} -> {token}.

    403 for a homeserver that the settings do not name, 401 for a token it does not know.
    """
    token, server = asked.field("access_token", str), asked.field("matrix_server_name", str)
    asked.field("expires_in", int)
    if asked.field("token_type", str).lower() != "bearer":
        raise Refused(400, "M_INVALID_PARAM", "token_type is not Bearer.")
    if server not in asked.house.settings.matrix_homeservers:
        raise Refused(403, "M_FORBIDDEN", "Users of this homeserver cannot sign in here.")
    mxid = await matrix_accounts.proved(asked.house, server, token)
    if mxid is None:
        raise Unauthenticated("The homeserver does not know the token.")
    owner = matrix_accounts.owner_of(asked.house, mxid)
    return told.done({"token": await asked.write(owner, matrix_accounts.open_, mxid)})


async def account(asked: Asked) -> Told:
    """GET …/v2/account -> {user_id}. Clients ask for it to learn whether the terms are accepted."""
    await asked.agreed()
    if asked.who.mxid is None:
        raise Refused(404, "M_NOT_FOUND", "This account has no Matrix id.")
    return told.done({"user_id": asked.who.mxid})


async def logout(asked: Asked) -> Told:
    """POST …/v2/account/logout -> {}; the token lets nobody in from now on. 403 for a token of another issuer."""
    if asked.who.token is None:
        raise Refused(403, "M_FORBIDDEN", "This token was not given out here: its issuer ends it.")
    await matrix_accounts.close(asked.house, asked.who.token)
    return told.done({})
