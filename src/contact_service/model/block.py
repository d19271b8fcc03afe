"""A Block: one owner refuses one registered user, in silence. What it hides: actions/disclosure.py."""

from datetime import datetime

import msgspec

from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import CannotBlockYourself


class Block(msgspec.Struct, frozen=True):
    """`owner` refuses `user` since `since` (UTC). A block of oneself cannot exist."""

    owner: OwnerId
    user: UserId
    since: datetime

    def __post_init__(self) -> None:
        """Raises CannotBlockYourself (409)."""
        # Two types over one spelling: mypy rightly refuses the bare comparison, and here it is meant.
        if str(self.owner) == str(self.user):
            raise CannotBlockYourself
