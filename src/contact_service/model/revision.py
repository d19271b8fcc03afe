"""A Revision: what a card was from one change to the next, and what made it so."""

from enum import StrEnum


class Cause(StrEnum):
    """What made a revision."""

    CREATED = "created"
    EDITED = "edited"
    MERGED = "merged"
    UPLOADED = "uploaded"
    IMPORTED = "imported"
    DELETED = "deleted"
    RESTORED = "restored"
    MOVED = "moved"
