"""Sharing: who may find me by what, and what of my profile they see. Protective start values (GDPR Art. 25(2))."""

from enum import StrEnum

import msgspec

from contact_service.model.identifier import Kind


class Audience(StrEnum):
    """`contacts` = users whom my own matches hold."""

    EVERYONE = "everyone"
    CONTACTS = "contacts"
    NOBODY = "nobody"


class Sharing(msgspec.Struct, frozen=True, rename="camel"):
    """`phone`, `email`, `account`: who finds me by it; `name`, `profile_photo`: who sees it (`/v1/privacy/sharing`).
    Accounts elsewhere are shared with nobody until their holder says so, whatever the app registers.
    """

    phone: Audience = Audience.CONTACTS
    email: Audience = Audience.CONTACTS
    name: Audience = Audience.CONTACTS
    profile_photo: Audience = Audience.CONTACTS
    suggest_me: bool = False
    account: Audience = Audience.NOBODY


def start(discoverable: bool | None) -> Sharing:  # noqa: FBT001  the wire value is a bare three-way flag
    """The start value for a user whom the app registered with `discoverable` true, false or absent."""
    if discoverable is None:
        return Sharing()
    audience = Audience.EVERYONE if discoverable else Audience.NOBODY
    return Sharing(phone=audience, email=audience)


def finders(shared: Sharing, kind: Kind) -> Audience:
    """Who may find somebody who shares so by identifiers of this kind."""
    match kind:
        case Kind.PHONE:
            return shared.phone
        case Kind.EMAIL:
            return shared.email
        case Kind.FACEBOOK | Kind.X:
            return shared.account


def allows(audience: Audience, *, knows: bool) -> bool:
    """Whether the audience holds a viewer whom the target's own matches hold (`knows`) or not."""
    return audience is Audience.EVERYONE or (audience is Audience.CONTACTS and knows)
