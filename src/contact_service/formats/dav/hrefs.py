"""Where things are: paths below /dav/, spelled in one way on the way out and read in any on the way in."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote, unquote_to_bytes

import msgspec

from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidId

ROOT = "/dav/"
PRINCIPALS = "/dav/principals/"
HOMES = "/dav/addressbooks/"
MAX_NAME = 255
"""Bytes of UTF-8 in the name of a card or a book."""

_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_BASE64 = re.compile(r"[A-Za-z0-9_-]+")
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DOTS = frozenset({".", ".."})


class Href(msgspec.Struct, frozen=True):
    """A path: `segments` decoded, none empty; `slash`: it ends like that of a collection."""

    segments: tuple[str, ...]
    slash: bool


def read(href: str) -> Href | None:
    """An absolute URL or path (RFC 4918 8.3), of any host; None where nothing of ours could be: another form, dot
    segments, empty ones, encoded slashes, what is not UTF-8.
    """
    found = _AUTHORITY.match(href)
    path = href[found.end() :] if found else href
    path = path.partition("#")[0].partition("?")[0]
    if found and not path:
        path = "/"
    if not path.startswith("/"):
        return None
    slash = path.endswith("/")
    inner = path[1:-1] if slash else path[1:]
    segments = [_decoded(part) for part in inner.split("/")] if inner else []
    known = tuple([each for each in segments if each])
    return Href(known, slash) if len(known) == len(segments) else None


def _decoded(part: str) -> str | None:
    try:
        segment = unquote_to_bytes(part).decode() if "%" in part else part
    except UnicodeDecodeError:
        return None
    return None if "/" in segment or segment in _DOTS else segment


def segment(text: str) -> str:
    """One segment in its one spelling: all but the unreserved characters of RFC 3986 2.3 are percent-encoded."""
    return quote(text, safe="")


def is_name(text: str) -> bool:
    """Whether a card can be called so: 1-255 bytes of UTF-8, no `/`, no NUL, no dots alone.

    Other control characters may be in it: clients name a card by its uid, and some uids hold a line's end.
    """
    if not text or len(text) > MAX_NAME or "/" in text or "\0" in text or text in _DOTS:
        return False
    try:
        return len(text.encode()) <= MAX_NAME
    except UnicodeEncodeError:
        return False


def is_book_name(text: str) -> bool:
    """Whether a book can be called so: as a card, but without control characters, for its name is shown as text."""
    return is_name(text) and not _CONTROL.search(text)


def principal(owner: OwnerId) -> str:
    """The path of an owner's principal."""
    return f"{PRINCIPALS}{owner_segment(owner)}/"


def home(owner: OwnerId) -> str:
    """The path that holds an owner's address books."""
    return f"{HOMES}{owner_segment(owner)}/"


def book(owner: OwnerId, name: str) -> str:
    """The path of an address book by its name; a card's is this and `segment` of its name."""
    return f"{home(owner)}{segment(name)}/"


def owner_segment(owner: OwnerId) -> str:
    """The id itself where it is plain, else its unpadded base64url (api.md).

    A plain id that is itself the segment of another owner is encoded as well: two owners never share a path.
    """
    if _PLAIN.fullmatch(owner) and owner not in _DOTS and _inside(owner) is None:
        return owner
    return urlsafe_b64encode(owner.encode()).decode().rstrip("=")


def owner_of(segment: str) -> OwnerId | None:
    """The owner whose segment this is; None where it is nobody's. The inverse of `owner_segment`."""
    inside = _inside(segment)
    if inside is not None:
        return inside
    try:
        owner = ids.owner_id(segment)
    except InvalidId:
        return None
    return owner if owner_segment(owner) == segment else None


def _inside(segment: str) -> OwnerId | None:
    """The owner whose id is in base64url here, if that is how it is spelled. Each step leaves three quarters."""
    if not _BASE64.fullmatch(segment):
        return None
    try:
        owner = ids.owner_id(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode())
    except (ValueError, InvalidId):
        return None
    return owner if owner_segment(owner) == segment else None
