"""How the Matrix specification spells users and hashed addresses (appendices.md, User Identifiers; identity lookup).

A user id of ours that is no Matrix id is written as a localpart: bytes a localpart may not hold, and `=` itself, as `=`
and two hexadecimal digits. No two users share a spelling, so upper case is escaped, not lowered.
"""

import base64
import re

_LOCAL = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-/+")
_ESCAPED = re.compile(r"=([0-9a-f]{2})")
# Localparts as other servers may still have them (Historical User IDs): any visible ASCII but the colon.
_ID = re.compile(
    r"@([!-9;-~]{1,253}):((?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?)"
)
_LONGEST = 255
# The last character has two bits too many, which are zero: one spelling only.
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def is_id(text: str) -> bool:
    """Whether this is a Matrix user id: `@localpart:server`."""
    return len(text) <= _LONGEST and _ID.fullmatch(text) is not None


def server_of(mxid: str) -> str | None:
    """The homeserver in a Matrix id; None when it is none."""
    found = _ID.fullmatch(mxid) if len(mxid) <= _LONGEST else None
    return found[2] if found else None


def id_of(user: str, server: str | None) -> str | None:
    """The Matrix id of a user of ours, whose homeserver is `server`; None when there is none, or it would be too long.

    >>> id_of("Ann B", "example.org")
    '@=41nn=20=42:example.org'
    """
    if is_id(user):
        return user
    if server is None:
        return None
    local = "".join(chr(b) if b in _LOCAL else f"={b:02x}" for b in user.encode())
    mxid = f"@{local}:{server}"
    return mxid if is_id(mxid) else None


def user_of(mxid: str, server: str | None) -> str:
    """The user of ours that a Matrix id is of: `id_of` read backwards. One that stands for none is a user by itself."""
    name, _, host = mxid[1:].partition(":")
    if host != server:
        return mxid
    try:
        user = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name).encode("latin-1").decode()
    except UnicodeError:
        return mxid
    # There and back: a localpart must not pass for a user whose Matrix id is another one.
    return user if id_of(user, server) == mxid else mxid


def digest(text: str) -> bytes | None:
    """The 32 bytes of a hashed address, unpadded url-safe base64; None for another spelling, which meets nobody."""
    return base64.urlsafe_b64decode(text + "=") if _DIGEST.fullmatch(text) else None
