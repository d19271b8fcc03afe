"""What becomes of a run that something came in the way of: it goes on later, or it fails with a word why.

Nothing that was applied is lost by either, and nothing is deleted by it.
"""

from datetime import datetime, timedelta

import msgspec

from contact_service.actions.spool import FileGone
from contact_service.integrations.connector import ConnectorError, RateLimited, Transient
from contact_service.model.problem import Broken, Problem

PATIENCE = 12
"""Times in a row that a run is parked because the provider is away: about six hours."""
TRIES = 5
"""Times in a row that a mistake of ours is tried again."""
_LONGEST = timedelta(hours=1)
BROKEN = "broken"
FILE_GONE = "file-gone"


class Verdict(msgspec.Struct, frozen=True):
    """`until`: not before then, None: it fails. `slug`: why, for the owner. `ours`: a mistake, to be logged."""

    slug: str
    until: datetime | None = None
    ours: bool = False


def of(error: Exception, faults: int, now: datetime) -> Verdict:
    """The verdict on what was raised, after so many faults in a row."""
    if isinstance(error, RateLimited):
        return Verdict(error.slug, error.until)
    if isinstance(error, Transient | TimeoutError):
        return _again(Transient.slug, PATIENCE, 30, faults, now)
    if isinstance(error, ConnectorError):
        return Verdict(error.slug)
    if isinstance(error, FileGone):
        return Verdict(FILE_GONE)
    if isinstance(error, Problem) and not isinstance(error, Broken):
        return Verdict(error.slug)
    again = _again(BROKEN, TRIES, 5, faults, now)
    return Verdict(again.slug, again.until, ours=True)


def _again(slug: str, most: int, first_s: int, faults: int, now: datetime) -> Verdict:
    if faults >= most:
        return Verdict(slug)
    return Verdict(slug, now + min(timedelta(seconds=first_s * 2**faults), _LONGEST))
