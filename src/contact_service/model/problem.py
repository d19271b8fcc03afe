"""Expected refusals, one tree. The first docstring line of a leaf is its title; its slug is its name in kebab case.

Problem
 ├ Malformed 400 (SyncTokenUnknown, SyncTokenFuture, InvalidCursor)
 ├ Unauthenticated 401
 ├ Forbidden 403 (MissingScope{scope}, ConsentRequired{purpose}, ConsentOutdated{purpose}, InsecureConnection)
 ├ NotFound 404 ├ MethodNotAllowed 405
 ├ Conflict 409 (CannotBlockYourself, UidTaken{id}, RequestInFlight{retryAfter},
 │               GroupExists{id}, BaseExpired{current}, EditedSince{current})
 ├ Gone 410 (SyncTokenExpired{retryAfter}, OwnerErased)
 ├ StaleRevision 412 {current}
 ├ TooLarge 413 {limit, unit}
 ├ UnsupportedFormat 415 {accepted}
 ├ Unprocessable 422 (InvalidCard{path}, InvalidId, InvalidParameter{parameter}, InvalidPhoto, BookFull{limit},
 │                    TooManyAppPasswords{limit}, IdempotencyKeyReused)
 ├ Restricted 423
 ├ TooMany 429 (RateLimited){retryAfter}
 └ Unavailable 503 (Overloaded, DatabaseDown){retryAfter}
Broken 500 (IntegrityBroken): not expected, but told as a Problem too.
Leaves that the CardDAV face alone tells are in dav_problem.py.

`detail` says what and where, and never repeats an identifier, a name or an id that was sent (law 9).
"""

import re
from typing import Any, ClassVar


class Problem(Exception):
    """The request was refused"""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request was refused"

    def __init_subclass__(cls) -> None:
        cls.slug = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()
        cls.title = (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")

    def __init__(self, detail: str = "", **members: Any) -> None:
        """`members` join the Problem's JSON beside type, title, status and detail."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.members: dict[str, Any] = members

    @property
    def retry_after_s(self) -> int | None:
        """Seconds for the Retry-After header, where waiting helps."""
        value = self.members.get("retryAfter")
        return value if isinstance(value, int) else None


class Malformed(Problem):
    """The request cannot be read"""

    status = 400


class SyncTokenUnknown(Malformed):
    """The sync token was not issued here for this owner"""


class SyncTokenFuture(Malformed):
    """The sync token is newer than the address book"""


class InvalidCursor(Malformed):
    """The cursor was not issued here for this list"""


class Unauthenticated(Problem):
    """A valid bearer token is needed"""

    status = 401


class Forbidden(Problem):
    """The token does not allow this"""

    status = 403


class MissingScope(Forbidden):
    """The token lacks a scope"""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope {scope}.", scope=scope)


class ConsentRequired(Forbidden):
    """The owner has not consented to this purpose"""

    def __init__(self, purpose: str) -> None:
        super().__init__(
            f"Record the consent first: PUT /v1/privacy/consents/{purpose}.", purpose=purpose
        )


class ConsentOutdated(Forbidden):
    """The consent was given to an older policy that has changed materially"""

    def __init__(self, purpose: str) -> None:
        super().__init__("Ask again under the present policy.", purpose=purpose)


class InsecureConnection(Forbidden):
    """App passwords travel over TLS only: use https"""


class NotFound(Problem):
    """There is nothing here"""

    status = 404


class MethodNotAllowed(Problem):
    """This method is not offered here"""

    status = 405


class Conflict(Problem):
    """This clashes with what stands"""

    status = 409


class CannotBlockYourself(Conflict):
    """An owner cannot block themselves"""


class UidTaken(Conflict):
    """Another contact of this book has this uid"""

    def __init__(self, card: str) -> None:
        super().__init__("Edit the contact that holds the uid, or send another uid.", id=card)


class GroupExists(Conflict):
    """There is a keyword of this name"""

    def __init__(self, group: str) -> None:
        super().__init__("Change the members of that group, or choose another name.", id=group)


class RequestInFlight(Conflict):
    """A request with this Idempotency-Key is being answered"""

    def __init__(self, retry_after_s: int = 1) -> None:
        super().__init__("Send it again in a moment.", retryAfter=retry_after_s)


class BaseExpired(Conflict):
    """The revision that the edit was made on is no longer held, so it cannot be merged"""


class EditedSince(Conflict):
    """The contact was edited after the revision that was to be deleted; the edit wins"""


class Gone(Problem):
    """This was here and is no more"""

    status = 410


class SyncTokenExpired(Gone):
    """The sync token is too old: start again from the snapshot"""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Ask for changes without `since`.", retryAfter=retry_after_s)


class OwnerErased(Gone):
    """This account is being erased"""


class StaleRevision(Problem):
    """The contact has changed since"""

    status = 412


class TooLarge(Problem):
    """The request is over a limit"""

    status = 413

    def __init__(self, limit: int, unit: str, detail: str = "") -> None:
        super().__init__(detail or f"At most {limit} {unit}.", limit=limit, unit=unit)


class UnsupportedFormat(Problem):
    """This format cannot be read here"""

    status = 415

    def __init__(self, accepted: tuple[str, ...], detail: str = "") -> None:
        super().__init__(detail or f"Accepted: {', '.join(accepted)}.", accepted=list(accepted))


class Unprocessable(Problem):
    """The request was understood, but cannot be carried out"""

    status = 422


class InvalidCard(Unprocessable):
    """The contact breaks a rule of RFC 9553"""

    def __init__(self, path: str, reason: str) -> None:
        """`path` is a JSON Pointer without values of maps' user-made keys; `reason` quotes nothing."""
        super().__init__(f"{path or '/'}: {reason}", path=path)
        self.path = path
        self.reason = reason


class InvalidId(Unprocessable):
    """An id is 1-128 bytes of UTF-8 without slashes and control characters"""


class InvalidParameter(Unprocessable):
    """A parameter has a value that cannot be used"""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter}: {reason}", parameter=parameter)


class InvalidPhoto(Unprocessable):
    """The picture cannot be read"""


class BookFull(Unprocessable):
    """The address book holds as many contacts as it may"""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} contacts an owner.", limit=limit)


class TooManyAppPasswords(Unprocessable):
    """The owner has as many app passwords as they may"""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} app passwords an owner: revoke one.", limit=limit)


class IdempotencyKeyReused(Unprocessable):
    """This Idempotency-Key was used for another request"""


class Restricted(Problem):
    """Processing of this account is restricted"""

    status = 423


class TooMany(Problem):
    """Too many requests"""

    status = 429

    def __init__(self, retry_after_s: int, detail: str = "") -> None:
        super().__init__(detail or "Wait and try again.", retryAfter=retry_after_s)


class RateLimited(TooMany):
    """The rate limit of this route is used up"""


class Unavailable(Problem):
    """The service cannot answer at the moment"""

    status = 503

    def __init__(self, retry_after_s: int = 1, detail: str = "") -> None:
        super().__init__(detail or "Wait and try again.", retryAfter=retry_after_s)


class Overloaded(Unavailable):
    """The service is at its limit"""


class DatabaseDown(Unavailable):
    """The database is not there at the moment"""


class Broken(Problem):
    """The service made a mistake"""

    status = 500


class IntegrityBroken(Broken):
    """A stored value does not open with its key"""
