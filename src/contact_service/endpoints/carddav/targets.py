"""What a path below /dav/ names: a principal, the home of its books, a book, a card (api.md, CardDAV)."""

from enum import Enum

import msgspec

from contact_service.formats.dav import hrefs
from contact_service.model.ids import OwnerId
from contact_service.model.problem import NotFound


class Kind(Enum):
    """The kinds of resources there are."""

    ROOT = "root"
    PRINCIPALS = "principals"
    PRINCIPAL = "principal"
    HOMES = "homes"
    HOME = "home"
    BOOK = "book"
    CARD = "card"


class Target(msgspec.Struct, frozen=True):
    """A place; whether anything is there is not said. `owner` is None where it is nobody's own."""

    kind: Kind
    owner: OwnerId | None = None
    book: str = ""
    name: str = ""
    slash: bool = True

    @property
    def href(self) -> str:
        """Its path in the one spelling that answers use."""
        if self.owner is None:
            return _FIXED[self.kind]
        if self.kind is Kind.PRINCIPAL:
            return hrefs.principal(self.owner)
        if self.kind is Kind.HOME:
            return hrefs.home(self.owner)
        book = hrefs.book(self.owner, self.book)
        return book if self.kind is Kind.BOOK else book + hrefs.segment(self.name)


_FIXED = {Kind.ROOT: hrefs.ROOT, Kind.PRINCIPALS: hrefs.PRINCIPALS, Kind.HOMES: hrefs.HOMES}
_DEEPEST = 5


def read(path: str) -> Target:
    """The target of a path or URL as it was sent. Raises NotFound (404) where nothing could be."""
    href = hrefs.read(path)
    if href is None or href.segments[:1] != ("dav",) or len(href.segments) > _DEEPEST:
        raise NotFound
    rest = href.segments[1:]
    if not rest:
        return Target(Kind.ROOT)
    if rest[0] == "principals" and len(rest) <= 2:
        return _below(rest, Kind.PRINCIPALS, Kind.PRINCIPAL)
    if rest[0] != "addressbooks":
        raise NotFound
    if len(rest) <= 2:
        return _below(rest, Kind.HOMES, Kind.HOME)
    owner = _owner(rest[1])
    if not hrefs.is_book_name(rest[2]) or not all(map(hrefs.is_name, rest[3:])):
        raise NotFound
    if len(rest) == 3:
        return Target(Kind.BOOK, owner, rest[2])
    return Target(Kind.CARD, owner, rest[2], rest[3], slash=href.slash)


def _below(rest: tuple[str, ...], all_: Kind, one: Kind) -> Target:
    return Target(all_) if len(rest) == 1 else Target(one, _owner(rest[1]))


def _owner(segment: str) -> OwnerId:
    found = hrefs.owner_of(segment)
    if found is None:
        raise NotFound
    return found
