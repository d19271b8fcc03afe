"""An Identifier is what people are found by: a phone number or an e-mail address in its one canonical spelling.

`tel:+14155550123` (E.164) or `mailto:` and the canonical address; RFC 3966, RFC 6068. Values of this type exist in
memory only; at rest there are blind indexes of registered users and nothing else.
"""

from enum import StrEnum
from typing import NewType

Identifier = NewType("Identifier", str)


class Kind(StrEnum):
    """What sort of identifier; sharing is set per kind."""

    PHONE = "phone"
    EMAIL = "email"


def kind(identifier: Identifier) -> Kind:
    """The kind, read off the scheme."""
    return Kind.PHONE if identifier.startswith("tel:") else Kind.EMAIL
