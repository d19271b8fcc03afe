"""What the app says of its users, before anything is written. Pure, but for what it is said of (directory.py)."""

from collections.abc import Mapping, Sequence

import msgspec

from contact_service.actions import listed
from contact_service.actions.disclosure import Registration
from contact_service.actions.headers import Said
from contact_service.actions.listed import Held
from contact_service.model import identifier, sharing
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage.registrations import Registered


class User(msgspec.Struct, frozen=True):
    """A user as the app registers it; `discoverable` is the app's start value for sharing. `version`: what is not newer
    than what was told before is ignored; None: it counts. `suggestible` None: nothing is said.
    """

    user: UserId
    identifiers: tuple[Identifier, ...]
    display_name: str | None = None
    photo_url: str | None = None
    discoverable: bool | None = None
    trust: str = "verified"
    state: str = "active"
    version: int | None = None
    suggestible: bool | None = None

    @property
    def said(self) -> Said:
        """What comes with the registration."""
        return Said(self.version, self.suggestible)


def claims(users: Sequence[User]) -> tuple[dict[UserId, User], dict[Identifier, UserId]]:
    """The last word on each user, in their order, and whose the identifiers are to be."""
    last = {user.user: user for user in sorted(users, key=lambda user: user.user)}
    # The later of two users in one batch that claim one identifier holds it, as with two requests.
    whose = {i: user.user for user in users if last[user.user] is user for i in user.identifiers}
    return last, whose


def after(
    sent: User | None,
    held: Held | None,
    chosen: Sharing | None,
    whose: Mapping[Identifier, UserId],
    user: UserId,
) -> Held:
    """What is to be held of a user: as sent, or as held but for what others claim now."""
    if sent is None:
        assert held is not None, "who is not in the batch was found in the directory"
        kept = tuple(i for i in held.known.identifiers if i not in whose)
        return Held(held.row, msgspec.structs.replace(held.known, identifiers=kept))
    start = sharing.start(sent.discoverable)
    if sent.discoverable is None and held is not None:
        start = held.row.sharing
    kept = tuple(i for i in dict.fromkeys(sent.identifiers) if whose[i] == user)
    row = Registered(user, b"", 0, chosen or start, sent.state, sent.trust)
    return Held(row, Registration(kept, sent.display_name, sent.photo_url))


def soon_private(last: Mapping[UserId, User], seen: Mapping[UserId, Held]) -> list[Identifier]:
    """What will probably come into buckets: worth hashing before the counter is held. Nothing depends on the guess."""
    found = []
    for user in last.values():
        held = seen.get(user.user)
        start = sharing.start(user.discoverable)
        if user.discoverable is None and held is not None:
            start = held.row.sharing
        stands = listed.listable(held) if held else {}
        found += [
            i
            for i in user.identifiers
            if listed.in_buckets(identifier.kind(i), listed.audience(start, i))
            and stands.get(i) is not Audience.EVERYONE
        ]
    return found
