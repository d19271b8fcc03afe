"""From a stored pair to something that may be shown: Candidate -> (the gate) -> Disclosed.

Only actions/disclosure.py makes a Disclosed; endpoints render nothing else.
"""

import msgspec

from contact_service.model.identifier import Kind
from contact_service.model.ids import CardId, UserId
from contact_service.model.sharing import Sharing, allows, finders


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


class Standing(msgspec.Struct, frozen=True, gc=False):
    """All that the gate weighs about one candidate and one viewer; every bit is read, none is skipped."""

    sharing: Sharing
    kind: Kind
    """Of the identifier that was asked for: sharing is chosen per kind."""
    active: bool
    """The binding is live, and the app has not suspended the user."""
    is_viewer: bool
    knows: bool
    """The target's own matches hold the viewer."""
    viewer_blocks: bool
    target_blocks: bool
    objected: bool
    """Somebody who holds the identifier does not want to be found by it."""
    restricted: bool
    """The target's account is restricted (GDPR Art. 18) or being erased (Art. 17)."""

    @property
    def shows_name(self) -> bool:
        """Whether the viewer may see the target's name, once the target may be shown at all."""
        return allows(self.sharing.name, knows=self.knows)

    @property
    def shows_photo(self) -> bool:
        """As `shows_name`, of the picture."""
        return allows(self.sharing.profile_photo, knows=self.knows)


def decide(standing: Standing) -> bool:
    """The gate's pure half: whether this viewer may learn of this candidate at all."""
    audience = finders(standing.sharing, standing.kind)
    # Every bit is computed before any is used: the work does not tell which one refused.
    bits = (
        standing.active,
        not standing.is_viewer,
        allows(audience, knows=standing.knows),
        not standing.viewer_blocks,
        not standing.target_blocks,
        not standing.objected,
        not standing.restricted,
    )
    return all(bits)


class Profile(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What of a user's profile the viewer may see; absent members are hidden or unset alike."""

    display_name: str | None = None
    photo_url: str | None = None


class Disclosed(msgspec.Struct, frozen=True, rename="camel"):
    """A user the viewer may learn of. Made by actions/disclosure.py alone."""

    user_id: UserId
    profile: Profile
