"""The words of imports that hold no card: where a record came from, where a run stands, what became of its records."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """Where a source record came from; in order of precedence behind the owner's own edits (imports.md)."""

    OWN = "own"
    IOS = "ios"
    ANDROID = "android"
    SIM = "sim"
    OTHER = "other"
    GOOGLE = "google"
    MICROSOFT = "microsoft"
    FACEBOOK = "facebook"
    X = "x"
    FILE = "file"


class State(StrEnum):
    """Where a run stands (api.md)."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"


class Counts(msgspec.Struct, frozen=True):
    """What became of the records of a run so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        mine, its = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Counts(*(a + b for a, b in zip(mine, its, strict=True)))
