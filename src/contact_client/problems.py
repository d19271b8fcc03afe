"""What can go wrong, one tree. Texts of these never hold a name, a number, an address or a token.

ContactsError
 ├ Unreachable          no answer that could be read; `sent`: the request may have been carried out all the same
 ├ NoSuchContact        the local book has no contact of this id
 ├ Distrust             private discovery was told something that does not fit (EpochUnsafe, KeyChanged, ProofRefused)
 └ Problem              a refusal (RFC 9457) by its status or, where one acts on it, by its own class
    ├ Malformed 400 (SyncTokenFuture)
    ├ Unauthenticated 401
    ├ Forbidden 403 (ConsentRequired, MissingScope)
    ├ NotFound 404
    ├ Clash 409 (BaseExpired, EditedSince, EpochMismatch, RequestInFlight, UidTaken)
    ├ Gone 410 (EpochRetired, SyncTokenExpired)
    ├ StaleRevision 412
    ├ TooLarge 413
    ├ Unprocessable 422 (IdempotencyKeyReused)
    ├ TooMany 429 (DiscoveryBudget)
    └ Unavailable 503
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from contact_client.values import Contact, contact

_MEDIA = "application/problem+json"
_KNOWN = frozenset({"type", "title", "status", "detail"})


class ContactsError(Exception):
    """Anything this library raises beside ValueError and TypeError for a wrong argument."""


class Unreachable(ContactsError):
    """No answer that could be read. `sent`: the request may have arrived, perhaps it was carried out."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class NoSuchContact(ContactsError, LookupError):
    """The local book has no contact of this id, or it is deleted."""

    def __init__(self) -> None:
        super().__init__("no contact of this id in the local book")


class Distrust(ContactsError):
    """What the service told does not fit what it told before, or the mathematics. Nothing more was sent."""


class EpochUnsafe(Distrust):
    """An epoch of another suite, or with buckets so small that they would tell the contacts."""


class KeyChanged(Distrust):
    """A known epoch has another public key or other buckets than it had: clients could be told apart by it."""


class ProofRefused(Distrust):
    """An evaluation was not made with the epoch's key (RFC 9497 3.3.2). It is asked for again, free, the next time."""


class Problem(ContactsError):
    """A refusal (RFC 9457 3). `slug` is the last part of its type, `members` what it has beside type, title, status and
    detail, such as `limit`, `path`, `purpose`; `retry_after_s` is there when waiting helps.
    """

    of_status: ClassVar[int | None] = None
    of_slug: ClassVar[str | None] = None

    def __init_subclass__(cls, *, status: int | None = None) -> None:
        """With `status` a class stands for a status, without for the slug that is its name in kebab case."""
        cls.of_status = status
        cls.of_slug = None
        if status is None:
            cls.of_slug = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(
        self,
        status: int,
        slug: str,
        *,
        detail: str = "",
        members: Mapping[str, Any] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{slug} ({status})")
        self.status = status
        self.slug = slug
        self.detail = detail
        self.members = dict(members or {})
        self.retry_after_s = retry_after_s

    @property
    def current(self) -> Contact | None:
        """The contact as it stands, where a refusal for an old revision tells it."""
        told = self.members.get("current")
        members = told.get("contact") if isinstance(told, dict) else None
        if not isinstance(members, dict) or not {"id", "etag"} <= members.keys():
            return None
        return contact({name: _raw(value) for name, value in members.items()})


class Malformed(Problem, status=400):
    """The request cannot be read."""


class SyncTokenFuture(Malformed):
    """The service has gone back behind the sync token: start again from the snapshot."""


class Unauthenticated(Problem, status=401):
    """A valid token is needed."""


class Forbidden(Problem, status=403):
    """The token or the owner's choices do not allow this."""


class ConsentRequired(Forbidden):
    """The owner has not consented; `members["purpose"]` names what to."""


class MissingScope(Forbidden):
    """The token lacks the scope in `members["scope"]`."""


class NotFound(Problem, status=404):
    """There is nothing here."""


class Clash(Problem, status=409):
    """This clashes with what stands."""


class BaseExpired(Clash):
    """The revision that the edit was made on is no longer held; `current` is the contact as it stands."""


class EditedSince(Clash):
    """The contact was edited after the revision that was to be deleted; the edit wins."""


class EpochMismatch(Clash):
    """The key epoch is not served (yet); `members["epoch"]` is."""


class RequestInFlight(Clash):
    """A request with this Idempotency-Key is being answered."""


class UidTaken(Clash):
    """The contact `members["id"]` has this uid, and another content."""


class Gone(Problem, status=410):
    """This was here and is no more."""


class EpochRetired(Gone):
    """The key epoch has ended; `members["epoch"]` is served."""


class SyncTokenExpired(Gone):
    """The sync token is too old: start again from the snapshot, after `retry_after_s`."""


class StaleRevision(Problem, status=412):
    """The contact has changed since; `current` is how it stands."""


class TooLarge(Problem, status=413):
    """The request is over the `limit` that `members` tells."""


class Unprocessable(Problem, status=422):
    """The request was understood, but cannot be carried out."""


class IdempotencyKeyReused(Unprocessable):
    """This Idempotency-Key was used for another request."""


class TooMany(Problem, status=429):
    """Too many requests; `retry_after_s` tells when to come again."""


class DiscoveryBudget(TooMany):
    """More identifiers than the discovery budget has `left`; none was charged."""

    @property
    def left(self) -> int:
        """Units that can be spent now."""
        told = self.members.get("left")
        return told if isinstance(told, int) else 0


class Unavailable(Problem, status=503):
    """The service cannot answer at the moment."""


PASSING = (Unreachable, TooMany, Unavailable)
"""What another attempt may mend."""


def of_answer(status: int, media: str, body: bytes, retry_after_s: float | None) -> Problem:
    """The Problem that an answer of status 400 and above tells; `http-502` and the like where a proxy answered."""
    told: object = None
    if media.partition(";")[0].strip().lower() == _MEDIA:
        try:
            told = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            told = None
    return of_members(status, told, retry_after_s)


def of_members(status: int, told: object, retry_after_s: float | None = None) -> Problem:
    """The Problem of a decoded RFC 9457 object, as an item of a batch has it too."""
    members = told if isinstance(told, dict) else {}
    kind = members.get("type")
    slug = kind.rpartition("/")[2] if isinstance(kind, str) else f"http-{status}"
    detail = members.get("detail")
    return _class_of(status, slug)(
        status,
        slug,
        detail=detail if isinstance(detail, str) else "",
        members={name: value for name, value in members.items() if name not in _KNOWN},
        retry_after_s=retry_after_s,
    )


def _class_of(status: int, slug: str) -> type[Problem]:
    every = tuple(_below(Problem))
    for kind in every:
        if kind.of_slug == slug:
            return kind
    return next((kind for kind in every if kind.of_status == status), Problem)


def _below(root: type[Problem]) -> Iterator[type[Problem]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _below(kind)


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
