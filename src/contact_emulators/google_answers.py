"""The parts of Google's answers that are the same everywhere: errors (google.rpc.Status), groups, pictures."""

import struct
import zlib
from typing import Any

from contact_emulators.answers import Answer
from contact_emulators.google_book import SYSTEM_GROUPS

_STATUS = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "Request had insufficient authentication scopes."),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: (
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Critical read requests (Contact and Profile Reads)'.",
    ),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
}
_REASON = {
    401: "CREDENTIALS_MISSING",
    403: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    429: "RATE_LIMIT_EXCEEDED",
}
_EXPIRED = (
    "Sync token is expired. Clear local cache and retry call without the sync token. To get the sync token, set the "
    "request_sync_token parameter."
)


def refused(status: int, reason: str = "") -> Answer:
    """An error by its status, with the reason that usually comes with it unless another is named."""
    name, message = _STATUS.get(status, _STATUS[500])
    return error(status, name, message, reason or _REASON.get(status, ""))


def group(name: str, title: str) -> dict[str, Any]:
    """A group as the list has it."""
    system = name in SYSTEM_GROUPS
    shown = title[:1].upper() + title[1:] if system else title
    kind = "SYSTEM_CONTACT_GROUP" if system else "USER_CONTACT_GROUP"
    return {"resourceName": name, "groupType": kind, "name": title, "formattedName": shown}


def error(status: int, name: str, message: str, reason: str = "") -> Answer:
    """google.rpc.Status."""
    told: dict[str, Any] = {"code": status, "message": message, "status": name}
    if reason:
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
        }
        told["details"] = [detail]
    return Answer({"error": told}, status)


def expired(form: str) -> Answer:
    """As seen in the field by default; "410": with that status; "reason": only the documented ErrorInfo tells."""
    if form == "reason":
        return error(400, "FAILED_PRECONDITION", "Precondition check failed.", "EXPIRED_SYNC_TOKEN")
    if form == "410":
        return error(410, "FAILED_PRECONDITION", _EXPIRED, "EXPIRED_SYNC_TOKEN")
    return error(400, "FAILED_PRECONDITION", _EXPIRED)


def picture(seed: int) -> bytes:
    """A PNG of 16 x 16 pixels (RFC 2083)."""
    rows = b"".join(
        b"\x00" + bytes((seed * (x + 1) * (y + 3)) >> 8 & 255 for x in range(48)) for y in range(16)
    )
    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
