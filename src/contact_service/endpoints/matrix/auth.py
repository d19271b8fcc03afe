"""Who asks: an access token of this face, or a JWT with the scope `discovery`; in the header, or in the query string.

The query string is deprecated by the specification and not removed. Nothing here is logged, and no path either.
"""

from contact_service.actions import matrix_accounts
from contact_service.endpoints import asking
from contact_service.endpoints.door import Hall
from contact_service.endpoints.matrix.asked import Who
from contact_service.model.problem import MissingScope, Unauthenticated

SCOPE = "discovery"
_IN_QUERY = "access_token"


def token(headers: dict[bytes, bytes], query: bytes) -> str:
    """The token as it was sent; the header goes first. Raises Unauthenticated (401), InvalidParameter (422)."""
    sent = headers.get(b"authorization")
    if sent is None:
        found = asking.query(query).get(_IN_QUERY, "")
    elif sent[:7].lower() == b"bearer ":
        found = sent[7:].strip().decode("latin-1")
    else:
        raise Unauthenticated("Only bearer tokens are accepted here.")
    if not found:
        raise Unauthenticated("Send Authorization: Bearer and a token.")
    return found


async def signed_in(hall: Hall, sent: str) -> Who:
    """Who the token stands for. Raises Unauthenticated (401), MissingScope (403), DatabaseDown, Overloaded (503)."""
    if "." in sent:
        return await _by_jwt(hall, sent)
    found = await matrix_accounts.session(hall.house, sent)
    if found is None:
        raise Unauthenticated("There is no such token, or it has ended.")
    return Who(found.owner, found.mxid, sent)


async def _by_jwt(hall: Hall, sent: str) -> Who:
    headers = {b"authorization": b"Bearer " + sent.encode("latin-1", "replace")}
    try:
        claims = hall.auth.claims(headers)
    except Unauthenticated:
        claims = await hall.auth.claims_anew(headers)
    if SCOPE not in claims.scopes:
        raise MissingScope(SCOPE)
    mxid = matrix_accounts.id_of(hall.house, claims.owner)
    return Who(claims.owner, mxid, scopes=claims.scopes)
