"""What an authorization server and its apps speak of: rules, wishes, grants, errors (RFC 6749)."""

import base64
import hashlib
from dataclasses import dataclass, field

from contact_emulators.answers import UNCHECKED, Answer


@dataclass(frozen=True)
class Rules:
    """`offline`: what must be asked for to get a refresh token: a scope, "access_type" (Google's parameter; a second
    one only with `prompt=consent`), "" if there never is one. `rotates`: each refresh gives a new refresh token and the
    old one dies at once. `exchange`: a grant type, and parameter, that makes a short token a long one (Facebook).
    """

    authorize: str
    token: str
    revoke: str = ""
    offline: str = ""
    rotates: bool = False
    lives_s: int = 3600
    issuer: str = ""
    exchange: str = ""
    token_methods: tuple[str, ...] = ("POST",)


@dataclass(frozen=True)
class Wish:
    """What an app asked a person for."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    challenge: str
    offline: bool
    nonce: str = ""


@dataclass
class Grant:
    """What a person gave an app; `tokens`: the access tokens it has led to."""

    client_id: str
    scopes: tuple[str, ...]
    nonce: str = ""
    refresh: str = ""
    tokens: list[str] = field(default_factory=list)


class Refused(Exception):
    """An error of RFC 6749 5.2 by its code."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


def oauth_error(code: str, status: int, description: str = "") -> Answer:
    """An error of a token endpoint (RFC 6749 5.2)."""
    body = {"error": code}
    if description:
        body["error_description"] = description
    # No published schema has these.
    return Answer(body, status, {"Cache-Control": "no-store"}, schema=UNCHECKED)


CODES = frozenset(
    "invalid_client invalid_grant invalid_request invalid_scope invalid_token unsupported_grant_type".split()
)
"""Reasons that a `refusal` answers by `oauth_error`."""


def proves(wish: Wish, params: dict[str, str]) -> bool:
    """RFC 7636 4.6."""
    verifier = params.get("code_verifier", "")
    if not wish.challenge:
        return not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == wish.challenge
