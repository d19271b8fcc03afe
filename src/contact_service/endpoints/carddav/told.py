"""Answers of the CardDAV face, and refusals in its own words: a status, a DAV:error body where RFCs name one."""

from collections.abc import AsyncIterator

import msgspec

from contact_service.formats.dav import multistatus
from contact_service.formats.dav.names import Name, carddav, dav
from contact_service.model.dav_problem import DavRefused, NotOneCard, TooManyBooks, WrongUid
from contact_service.model.problem import (
    BookFull,
    InvalidCard,
    MethodNotAllowed,
    MissingScope,
    Problem,
    SyncTokenExpired,
    SyncTokenFuture,
    SyncTokenUnknown,
    UidTaken,
    Unauthenticated,
)

PLAIN = "text/plain; charset=utf-8"
CHALLENGE = 'Basic realm="contacts", charset="UTF-8", Bearer realm="contacts"'
_PRECONDITIONS: tuple[tuple[tuple[type[Problem], ...], int, Name], ...] = (
    ((SyncTokenUnknown, SyncTokenFuture, SyncTokenExpired), 403, dav("valid-sync-token")),
    ((NotOneCard, InvalidCard), 403, carddav("valid-address-data")),
    ((UidTaken, WrongUid), 409, carddav("no-uid-conflict")),
    ((MissingScope,), 403, dav("need-privileges")),
    ((BookFull, TooManyBooks), 507, dav("quota-not-exceeded")),
)


class Told(msgspec.Struct, frozen=True):
    """A response: `body` is all of it, or its pieces as they are made."""

    status: int
    headers: dict[str, str]
    body: bytes | AsyncIterator[bytes] = b""


def nothing(status: int, **headers: str) -> Told:
    """A response without a body; `ETag` and the like as keywords."""
    return Told(status, {name.replace("_", "-"): value for name, value in headers.items()})


def multi(responses: list[bytes], token: str | None = None) -> Told:
    """A 207 (RFC 4918 13)."""
    return Told(207, {"Content-Type": multistatus.MEDIA}, multistatus.document(responses, token))


def streamed(pieces: AsyncIterator[bytes]) -> Told:
    """A 207 in pieces, for answers that may be large."""
    return Told(207, {"Content-Type": multistatus.MEDIA}, pieces)


def refused(problem: Problem) -> Told:
    """The refusal as WebDAV tells it."""
    status, precondition, path = _precondition(problem)
    headers = _headers(problem)
    if precondition is not None:
        headers["Content-Type"] = multistatus.MEDIA
        return Told(status, headers, multistatus.error(precondition, path))
    headers["Content-Type"] = PLAIN
    return Told(status, headers, f"{problem.title}.\n".encode())


def _headers(problem: Problem) -> dict[str, str]:
    headers = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if isinstance(problem, Unauthenticated):
        headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(problem, MethodNotAllowed):
        headers["Allow"] = ", ".join(problem.members.get("allowed", ()))
    return headers


def _precondition(problem: Problem) -> tuple[int, Name | None, str | None]:
    """(status, the precondition's element, the href in it) of RFC 6352 6.3.2.1, RFC 6578 3.2, RFC 3744 7.1.1."""
    if isinstance(problem, DavRefused):
        return problem.status, Name(*problem.precondition), None
    for kinds, status, name in _PRECONDITIONS:
        if isinstance(problem, kinds):
            return status, name, problem.members.get("href")
    return problem.status, None, None
