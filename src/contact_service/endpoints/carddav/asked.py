"""A CardDAV request after all checks: who asks, of what, under which conditions; and the way to the actions."""

import re
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from contact_service.actions import context, edge, view
from contact_service.actions.conditions import Conditions
from contact_service.actions.context import Context, House
from contact_service.actions.listing import Listing, Shelf
from contact_service.endpoints import origin
from contact_service.endpoints.carddav import targets
from contact_service.endpoints.carddav.auth import DavCaller
from contact_service.endpoints.carddav.targets import Target
from contact_service.formats.dav import hrefs
from contact_service.model.book import Book
from contact_service.model.owner import Head
from contact_service.model.problem import Malformed, MissingScope, NotFound

P = ParamSpec("P")
T = TypeVar("T")
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


class Asked:
    """One request. `version` is that of vCard which the device is always shown, None: as stored; `projection` names
    what it is shown beside the cards.
    """

    def __init__(
        self,
        house: House,
        request_id: str,
        headers: dict[bytes, bytes],
        target: Target,
        who: DavCaller,
    ) -> None:
        self.house = house
        self.request_id = request_id
        self.headers = headers
        self.target = target
        self.who = who
        self.body = b""
        self.network = origin.UNKNOWN
        self.version = "3.0" if who.device_kind == "ios" else None
        self.projection = "+groups" if who.keyword_groups else ""
        self._head: Head | None = None

    async def head(self) -> Head:
        """The caller's head as it was when it was first asked for."""
        if self._head is None:
            self._head = await edge.head(self.house, self.who.owner)
        return self._head

    async def listing(self) -> Listing:
        """Where the caller's cards lie."""
        return await view.places(self.house, await self.head())

    async def book(self) -> tuple[Listing, Book]:
        """The book that the target is or lies in. Raises NotFound (404)."""
        listing = await self.listing()
        for book in listing.books.values():
            if book.name == self.target.book:
                return listing, book
        raise NotFound

    def shelf(self, listing: Listing, book: Book) -> Shelf:
        """What this device is shown of the book."""
        return listing.joined(book.id) if self.projection else listing.shelved(book.id)

    async def write(
        self,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that writes, told by this device. Raises MissingScope (403): it may only read."""
        if self.who.access != "write":
            raise MissingScope("contacts.write")
        told = context.within(self.network, context.by(self.who.device or "dav", story))
        owner = self.who.owner
        return await edge.write(self.house, owner, self.request_id, told, *args, **kwargs)

    def header(self, name: bytes) -> str:
        """A request header, "" when absent; `name` in lower case."""
        return self.headers.get(name, b"").decode("latin-1").strip()

    def depth(self, default: str) -> str:
        """The Depth header: 0, 1 or infinity (RFC 4918 10.2). Raises Malformed (400)."""
        sent = self.header(b"depth").lower() or default
        if sent not in {"0", "1", "infinity"}:
            raise Malformed("Depth is 0, 1 or infinity.")
        return sent

    @property
    def minimal(self) -> bool:
        """Whether properties that are not there may be left out (RFC 8144 2.1; `Brief: t` of older clients)."""
        return "return=minimal" in self.header(b"prefer").lower().replace(" ", "") or (
            self.header(b"brief").lower() == "t"
        )

    def conditions(self) -> Conditions:
        """If-Match and If-None-Match; a header that names no tag names one that nothing has."""
        return Conditions(_tags(self.header(b"if-match")), _tags(self.header(b"if-none-match")))

    def destination(self) -> Target:
        """The Destination header as a place of the caller's own (RFC 4918 10.3).

        Raises Malformed (400), NotFound (404).
        """
        sent = self.header(b"destination")
        if not sent or hrefs.read(sent) is None:
            raise Malformed("Destination is needed: a URL of this service.")
        return own(self.who, sent)

    @property
    def overwrites(self) -> bool:
        """The Overwrite header (RFC 4918 10.6)."""
        return self.header(b"overwrite").upper() != "F"


def own(who: DavCaller, href: str) -> Target:
    """A place of the caller's own. Raises NotFound (404): another owner's is not there (byte-equal)."""
    found = targets.read(href)
    if found.owner not in {None, who.owner}:
        raise NotFound
    return found


def _tags(sent: str) -> tuple[str, ...]:
    if not sent:
        return ()
    return ("*",) if sent == "*" else tuple(_TAG.findall(sent)) or ('"?"',)
