"""The Identifiers of a card, and Identifiers sent by a caller: numbers possible by length, addresses mail can reach,
accounts by the id that their provider gave them.
"""

import re

from contact_service.matching import emails, phones
from contact_service.matching.phones import Memo
from contact_service.model.card import Fields
from contact_service.model.identifier import Identifier, Kind

_ACCOUNTS = frozenset({Kind.FACEBOOK, Kind.X})
_ID = re.compile(r"[1-9][0-9]{0,19}")
"""Both providers number their accounts; an id is no longer than 64 bits."""


def of(fields: Fields, region: str | None, memo: Memo) -> tuple[Identifier, ...]:
    """The distinct Identifiers of a card, phones first, each in the card's order.

    `region` is what the owner would dial from (ISO 3166-1); without it only numbers with a plus count.
    """
    found: dict[Identifier, None] = {}
    if fields.phones:
        for phone in fields.phones.values():
            tel = memo.identifier(phone.number, region)
            if tel is not None:
                found[tel] = None
    if fields.emails:
        for email in fields.emails.values():
            address = emails.canonical(email.address)
            if address is not None:
                found[Identifier("mailto:" + address)] = None
    return tuple(found)


def is_regional(fields: Fields) -> bool:
    """Whether a number of the card may be read in another way elsewhere: one that does not begin with a plus."""
    held = (fields.phones or {}).values()
    return any(phone.number.removeprefix("tel:")[:1] != "+" for phone in held)


def account(provider: str, known: str) -> Identifier | None:
    """The Identifier of the account that the provider knows as `known`; None where there can be no such account."""
    kind = f"account:{provider}"
    return Identifier(f"{kind}:{known}") if kind in _ACCOUNTS and _ID.fullmatch(known) else None


def parse(text: str) -> Identifier | None:
    """The Identifier spelled `tel:` + a number with its plus, `mailto:` + an address, or `account:` + provider and id;
    None when it is none.

    Any spelling of the same number or address gives the same Identifier. Syntax alone decides, never who is registered.
    """
    if text[:5] == "tel:+" and phones.stands(text[4:]):
        return Identifier(text)
    scheme, _, rest = text.partition(":")
    match scheme.lower():
        case "tel":
            return phones.identifier(rest, None)
        case "mailto":
            address = emails.canonical(rest)
            return None if address is None else Identifier("mailto:" + address)
        case "account":
            provider, _, known = rest.partition(":")
            return account(provider.lower(), known)
        case _:
            return None
