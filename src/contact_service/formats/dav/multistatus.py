"""Answers of WebDAV as bytes (RFC 4918 13, 14, 16): responses from templates, to be joined between `START` and `END`.

A book's answer is made of pieces that differ by card (`opened`, made once a version) and pieces that are alike.
"""

from collections.abc import Iterable, Sequence

from contact_service.formats.dav import markup
from contact_service.formats.dav.names import Name, dav
from contact_service.formats.dav.wanted import MEDIA as CARD_MEDIA
from contact_service.formats.vcard import lines

MEDIA = "application/xml; charset=utf-8"
_PROLOGUE = b'<?xml version="1.0" encoding="utf-8"?>\n'
START = _PROLOGUE + b"<D:multistatus" + markup.DECLARED + b">"
END = b"</D:multistatus>"

_REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    424: "Failed Dependency",
    423: "Locked",
    507: "Insufficient Storage",
}
_STATUSES = {
    code: f"<D:status>HTTP/1.1 {code} {reason}</D:status>".encode()
    for code, reason in _REASONS.items()
}
# The attributes are left out where they have their defaults (RFC 6352 10.4).
_CARDS = {"3.0": b"<C:address-data>"} | {
    version: f'<C:address-data content-type="{CARD_MEDIA}" version="{version}">'.encode()
    for version in ("2.1", "4.0")
}
_FOUND = b"</D:prop>" + _STATUSES[200] + b"</D:propstat>"
CLOSE = _FOUND + b"</D:response>"
"""What ends a response that `opened` began."""


def document(responses: Iterable[bytes], token: str | None = None) -> bytes:
    """A whole DAV:multistatus; with the sync-token of a sync-collection (RFC 6578 3.2)."""
    end = END if token is None else sync_token(token) + END
    return b"".join([START, *responses, end])


def sync_token(token: str) -> bytes:
    """The last element of a sync-collection's answer."""
    return markup.element(dav("sync-token"), markup.text(token))


def href(path: str) -> bytes:
    """A DAV:href, also of what a client sent."""
    return b"<D:href>" + markup.text(path) + b"</D:href>"


def opened(path: str, *properties: bytes) -> bytes:
    """The begin of a response with these properties found: more may follow, then `CLOSE` or `closed`.

    `path` is one that `hrefs` made: it has nothing to escape, which is a third of the time.
    """
    head = f"<D:response><D:href>{path}</D:href><D:propstat><D:prop>".encode()
    return head + b"".join(properties)


def closed(missing: bytes) -> bytes:
    """The end of a response that `opened` began, with what `absent` made once for the whole answer."""
    return _FOUND + missing + b"</D:response>"


def etag(tag: str) -> bytes:
    """The property getetag; `tag` as `model.owner.etag` makes it, with its quotes."""
    return f"<D:getetag>{tag}</D:getetag>".encode()


def card(raw: bytes, version: str) -> bytes:
    """The property address-data: a vCard of that version (2.1, 3.0, 4.0) that reads back as the same bytes."""
    return _CARDS[version] + markup.lines(lines.mended(raw)) + b"</C:address-data>"


def response(path: str, *propstats: bytes) -> bytes:
    """A response made of propstats, one or more."""
    return b"<D:response>" + href(path) + b"".join(propstats) + b"</D:response>"


def answered(path: str, present: Sequence[bytes], missing: bytes) -> bytes:
    """The response of a PROPFIND: the properties that are there, whole elements, and what `absent` made of the others.

    With neither it has an empty propstat, as no response goes without (RFC 8144 2.1).
    """
    if missing and not present:
        return response(path, missing)
    return response(path, b"<D:propstat><D:prop>", *present, _FOUND, missing)


def absent(names: Iterable[Name], *, minimal: bool = False) -> bytes:
    """The propstat of properties that are not there; nothing where there are none, or `minimal`ly (RFC 8144 2.1)."""
    told = [] if minimal else list(names)
    return propstat(404, told) if told else b""


def propstat(status: int, names: Iterable[Name], precondition: Name | None = None) -> bytes:
    """Names without values under one status, as PROPPATCH and MKCOL answer (RFC 4918 9.2, RFC 5689 3)."""
    inside = b"".join([markup.element(name) for name in names])
    error = _error(precondition) if precondition is not None else b""
    return (
        b"<D:propstat><D:prop>"
        + inside
        + b"</D:prop>"
        + _STATUSES[status]
        + error
        + b"</D:propstat>"
    )


def told(path: str, status: int, precondition: Name | None = None) -> bytes:
    """A response that is a status alone: a removed card (404) in a sync, a missing one in a multiget."""
    error = _error(precondition) if precondition is not None else b""
    return b"<D:response>" + href(path) + _STATUSES[status] + error + b"</D:response>"


def truncated(path: str) -> bytes:
    """The response for the collection that says there is more (RFC 6578 3.6, RFC 6352 8.6.2)."""
    return told(path, 507, dav("number-of-matches-within-limits"))


def made(propstats: Iterable[bytes]) -> bytes:
    """The DAV:mkcol-response of an address book that was not made, or made with properties (RFC 5689 3)."""
    start = _PROLOGUE + b"<D:mkcol-response" + markup.DECLARED + b">"
    return start + b"".join(propstats) + b"</D:mkcol-response>"


def error(precondition: Name, path: str | None = None) -> bytes:
    """A DAV:error body (RFC 4918 16), with the href of what stands in the way where the precondition has one."""
    inner = href(path) if path is not None else b""
    start = _PROLOGUE + b"<D:error" + markup.DECLARED + b">"
    return start + markup.element(precondition, inner) + b"</D:error>"


def _error(precondition: Name) -> bytes:
    return b"<D:error>" + markup.element(precondition) + b"</D:error>"
