"""What is particular to each provider's OAuth: a table, so that oauth.py has one way for all of them."""

import re
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

import msgspec


class Facts(msgspec.Struct, frozen=True):
    """One provider's. `issuer`: what its `iss` must match (RFC 9207); `more`: members of the authorization request;
    `identity`: the scope under which the ID token says whose account it is; `offline`: the one for a refresh token;
    `basic`: the secret goes into the Authorization header (RFC 6749 2.3.1), else into the form; `revoke`: by RFC 7009,
    by deleting (Facebook), or not at all; `option_scopes`: what an option needs beside; `extend`: the grant type that
    makes a short token a long one; `every`: how often the clock reads an account, None: only when its owner asks.
    """

    issuer: re.Pattern[str]
    more: dict[str, str] = {}
    identity: str = ""
    offline: str = ""
    basic: bool = False
    revoke: Literal["token", "delete", "none"] = "token"
    option_scopes: dict[str, str] = {}
    extend: str = ""
    every: timedelta | None = timedelta(days=1)


FACTS: MappingProxyType[str, Facts] = MappingProxyType(
    {
        "google": Facts(
            issuer=re.compile(r"https://accounts\.google\.com"),
            # Only a fresh consent gives a refresh token; what was granted before is asked for again.
            more={"access_type": "offline", "prompt": "consent"},
            identity="openid",
            option_scopes={
                "otherContacts": "https://www.googleapis.com/auth/contacts.other.readonly"
            },
        ),
        "microsoft": Facts(
            issuer=re.compile(r"https://login\.microsoftonline\.com/[0-9a-f-]{36}/v2\.0"),
            more={"prompt": "select_account"},
            identity="openid",
            offline="offline_access",
            revoke="none",
        ),
        "facebook": Facts(
            issuer=re.compile(r"https://www\.facebook\.com"),
            # Its answer names no scopes; with this the way back does.
            more={"return_scopes": "true"},
            revoke="delete",
            extend="fb_exchange_token",
            every=timedelta(days=7),
        ),
        # Each user that is read costs: nobody but the owner has it read.
        "x": Facts(issuer=re.compile(r"https://(?:api\.)?x\.com"), basic=True, every=None),
    }
)
