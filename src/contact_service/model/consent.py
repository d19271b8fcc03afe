"""Consent: what an owner allowed, per purpose, append-only (GDPR Art. 7). The active set is a bit set on the head."""

from datetime import datetime
from enum import StrEnum

import msgspec

from contact_service.model.ids import OwnerId
from contact_service.model.problem import ConsentRequired, NotFound


class Purpose(StrEnum):
    """`store`: bulk upload of the address book; `match`: finding which contacts are users; `import.…`: reading the
    contacts that a provider holds, which needs `store` too.
    """

    STORE = "store"
    MATCH = "match"
    IMPORT_GOOGLE = "import.google"
    IMPORT_MICROSOFT = "import.microsoft"
    IMPORT_FACEBOOK = "import.facebook"
    IMPORT_X = "import.x"
    VALIDATE = "validate"


BITS = {purpose: 1 << place for place, purpose in enumerate(Purpose)}
SOURCES = ("ios", "android", "web", "api", "demo", "matrix-terms")


class Consent(msgspec.Struct, frozen=True):
    """One row of the history: a grant or a withdrawal, under which policy, from where, when (UTC)."""

    owner: OwnerId
    purpose: Purpose
    granted: bool
    policy_version: str
    source: str
    at: datetime


def purpose(text: str) -> Purpose:
    """The purpose of that name. Raises NotFound (404)."""
    try:
        return Purpose(text)
    except ValueError:
        raise NotFound(f"No such purpose. Known: {', '.join(Purpose)}.") from None


def given(consents: int, wanted: Purpose) -> bool:
    """Whether the bit set holds the purpose."""
    return bool(consents & BITS[wanted])


def require(consents: int, wanted: Purpose) -> None:
    """Raises ConsentRequired (403) when the bit set lacks the purpose."""
    if not given(consents, wanted):
        raise ConsentRequired(wanted.value)
