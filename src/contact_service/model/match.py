"""From a stored pair to something that may be shown: Candidate -> (the gate) -> Disclosed.

Only actions/disclosure.py makes a Disclosed; endpoints render nothing else.
"""

import msgspec

from contact_service.model.identifier import Kind
from contact_service.model.ids import CardId, UserId
from contact_service.model.sharing import Sharing


class Candidate(msgspec.Struct, frozen=True):
    """A live directory entry that an owner's identifier met. `entry_id` lives as long as the binding."""

    user: UserId
    kind: Kind
    entry_id: int


class Match(msgspec.Struct, frozen=True, gc=False):
    """A stored pair: this card of the owner's holds an identifier of this user."""

    card: CardId
    user: UserId
    kind: Kind
    entry_id: int


class Standing(msgspec.Struct, frozen=True):
    """All that the gate weighs about one candidate and one viewer; every bit is read, none is skipped."""

    sharing: Sharing
    active: bool
    is_viewer: bool
    knows: bool
    """The target's own matches hold the viewer."""
    viewer_blocks: bool
    target_blocks: bool


class Profile(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What of a user's profile the viewer may see; absent members are hidden or unset alike."""

    display_name: str | None = None
    photo_url: str | None = None


class Disclosed(msgspec.Struct, frozen=True, rename="camel"):
    """A user the viewer may learn of. Made by actions/disclosure.py alone."""

    user_id: UserId
    profile: Profile
