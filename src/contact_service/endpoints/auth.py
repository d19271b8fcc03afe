"""Who asks: the bearer token of a request, and the scopes there are (api.md, Conventions; RFC 6750)."""

import time
from collections.abc import Awaitable, Callable

from contact_service.model.problem import Unauthenticated
from contact_service.vault.access import Claims, Verifier

SCOPES = {
    "contacts.read": "Contacts, changes and search.",
    "contacts.write": "Create, change and delete contacts, batches and uploads.",
    "discovery": "Which contacts are users; look-ups.",
    "privacy": "Consents, sharing, blocks and app passwords.",
    "directory.write": "Register the app's users.",
    "imports": "Imports and linked accounts.",
    "admin": "Operation of the service.",
}

Refresh = Callable[[], Awaitable[None]]


class Access:
    """Turns an Authorization header into Claims. `refresh` fetches the issuer's keys anew, where a URL has them."""

    __slots__ = ("_refresh", "_verifier")

    def __init__(self, verifier: Verifier, refresh: Refresh | None = None) -> None:
        self._verifier = verifier
        self._refresh = refresh

    def claims(self, headers: dict[bytes, bytes]) -> Claims:
        """What the request's token says. Raises Unauthenticated (401)."""
        return self._verifier.verify(_token(headers), time.time())

    async def claims_anew(self, headers: dict[bytes, bytes]) -> Claims:
        """As `claims`, after a refusal: a key published since is fetched first. Raises Unauthenticated (401)."""
        if self._refresh is not None and self._verifier.misses_key(_token(headers)):
            await self._refresh()
        return self.claims(headers)


def _token(headers: dict[bytes, bytes]) -> str:
    sent = headers.get(b"authorization")
    if sent is None:
        raise Unauthenticated("Send Authorization: Bearer and a token.")
    if sent[:7].lower() != b"bearer ":
        raise Unauthenticated("Only bearer tokens are accepted here.")
    return sent[7:].strip().decode("latin-1")
