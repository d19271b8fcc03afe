"""An Identifier is what people are found by: a phone number, an e-mail address or an account elsewhere, in its one
canonical spelling.

`tel:+14155550123` (E.164) or `mailto:` and the canonical address; RFC 3966, RFC 6068. `account:x:4711`: a provider and
its own id of the account; no card has one. Values of this type exist in memory only; at rest there are blind indexes of
registered users and nothing else.
"""

from enum import StrEnum
from typing import NewType

Identifier = NewType("Identifier", str)


class Kind(StrEnum):
    """What sort of identifier; sharing is set per kind, for all accounts together."""

    PHONE = "phone"
    EMAIL = "email"
    FACEBOOK = "account:facebook"
    X = "account:x"


def kind(identifier: Identifier) -> Kind:
    """The kind, read off the scheme."""
    if identifier.startswith("tel:"):
        return Kind.PHONE
    return Kind.EMAIL if identifier.startswith("mailto:") else Kind(identifier.rpartition(":")[0])


def is_account(of: Kind) -> bool:
    """Whether it is an account elsewhere: those are in neither the Matrix index nor private discovery's buckets."""
    return of is Kind.X or of is Kind.FACEBOOK
