"""Answers of the Matrix face, and refusals in its own words: `errcode`, `error` (matrix-spec, identity service API)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from contact_service.model.problem import (
    ConsentRequired,
    Forbidden,
    Malformed,
    NotFound,
    OwnerErased,
    Problem,
    Restricted,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unprocessable,
)

JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"
# Every answer has them: web clients ask from other origins, and send no cookies (Web browser clients).
CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Origin, X-Requested-With, Content-Type, Accept, Authorization",
    ),
    (b"access-control-expose-headers", b"Retry-After"),
)
# Parents stand behind their leaves. What is not here is told as M_UNKNOWN under its own status.
_CODES: tuple[tuple[type[Problem], int, str], ...] = (
    (ConsentRequired, 403, "M_TERMS_NOT_SIGNED"),
    (Unauthenticated, 401, "M_UNAUTHORIZED"),
    (OwnerErased, 401, "M_UNAUTHORIZED"),
    (Restricted, 403, "M_FORBIDDEN"),
    (Forbidden, 403, "M_FORBIDDEN"),
    (NotFound, 404, "M_NOT_FOUND"),
    (TooLarge, 413, "M_TOO_LARGE"),
    (TooMany, 429, "M_LIMIT_EXCEEDED"),
    (Unprocessable, 400, "M_INVALID_PARAM"),
    (Malformed, 400, "M_BAD_JSON"),
)


class Told(msgspec.Struct, frozen=True):
    """A response."""

    status: int
    body: bytes
    headers: dict[str, str] = {}
    media: str = JSON


class Refused(Exception):
    """A refusal that only this face tells: it has its Matrix code already. `members` join the JSON object."""

    def __init__(self, status: int, code: str, text: str, /, **members: Any) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.members = members


def done(answer: Mapping[str, Any]) -> Told:
    """A 200 with this JSON object."""
    return Told(200, msgspec.json.encode(answer))


def refused(refusal: Refused) -> Told:
    """The refusal as an answer."""
    return _error(refusal.status, refusal.code, refusal.text, refusal.members, {})


def problem(found: Problem) -> Told:
    """A Problem from below, in Matrix words."""
    kinds = ((status, code) for kind, status, code in _CODES if isinstance(found, kind))
    status, code = next(kinds, (found.status, "M_UNKNOWN"))
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if found.retry_after_s is not None:
        headers["Retry-After"] = str(found.retry_after_s)
        members["retry_after_ms"] = found.retry_after_s * 1000
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="contacts"'
    text = found.title if found.detail == found.title else f"{found.title}: {found.detail}"
    return _error(status, code, text, members, headers)


def _error(
    status: int, code: str, text: str, members: Mapping[str, Any], headers: dict[str, str]
) -> Told:
    return Told(status, msgspec.json.encode({"errcode": code, "error": text, **members}), headers)
