"""REPORT (RFC 3253 3.6): sync-collection (RFC 6578), addressbook-multiget and addressbook-query (RFC 6352 8)."""

from collections.abc import AsyncIterator, Sequence

from contact_service.actions import dav_changes, said
from contact_service.actions.dav_changes import DavPage
from contact_service.actions.listing import Entry, Listing, Shelf
from contact_service.endpoints.carddav import principals
from contact_service.endpoints.carddav.asked import Asked, own
from contact_service.endpoints.carddav.members import Members
from contact_service.endpoints.carddav.targets import Kind
from contact_service.endpoints.carddav.told import Told, multi, streamed
from contact_service.formats.dav import filters, hrefs, multistatus, reports
from contact_service.formats.dav.names import dav
from contact_service.formats.dav.reports import Multiget, Query, SyncCollection
from contact_service.model.book import Book
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed, NotFound


async def report(asked: Asked) -> Told:
    """REPORT /dav/… -> 207; 403 supported-report for one that is not offered there."""
    wanted = reports.read(asked.body)
    if isinstance(wanted, SyncCollection):
        return await _sync(asked, wanted)
    if isinstance(wanted, Multiget):
        return await _multiget(asked, wanted)
    if isinstance(wanted, Query):
        return await _query(asked, wanted)
    return await principals.report(asked, wanted)


async def _sync(asked: Asked, wanted: SyncCollection) -> Told:
    """Depth 0 as RFC 6578 3.2 says, or 1 as old devices send it (docs/decisions)."""
    if asked.target.kind is not Kind.BOOK:
        raise DavRefused(*dav("supported-report"))
    if asked.depth("0") == "infinity":
        raise Malformed("Depth is 0 for this report.")
    listing, book = await asked.book()
    now = dav_changes.token(asked.house, listing.head, book, asked.projection)
    if wanted.token == now:
        return multi([], now)
    page = dav_changes.page(
        asked.house,
        listing.head,
        book,
        asked.shelf(listing, book),
        wanted.token,
        wanted.limit,
        asked.projection,
    )
    members = Members(asked, listing, asked.target.href, wanted.wanted)
    return streamed(_page(asked, members, page))


async def _page(asked: Asked, members: Members, page: DavPage) -> AsyncIterator[bytes]:
    yield multistatus.START
    async for piece in members.responses(page.rows):
        yield piece
    if page.more:
        yield multistatus.truncated(asked.target.href)
    yield multistatus.sync_token(page.token) + multistatus.END


async def _multiget(asked: Asked, wanted: Multiget) -> Told:
    """Depth is passed over (RFC 6352 erratum 4610); each href that is no card here is a 404 of its own."""
    listing, book = await _within(asked)
    at = hrefs.book(asked.who.owner, book.name)
    members = Members(asked, listing, at, wanted.wanted)
    return streamed(_got(asked, members, listing, book, wanted.hrefs))


async def _got(
    asked: Asked, members: Members, listing: Listing, book: Book, wanted: Sequence[str]
) -> AsyncIterator[bytes]:
    found: list[Entry | str] = []
    missing = []
    at, shelf = hrefs.book(asked.who.owner, book.name), asked.shelf(listing, book)
    for href in wanted:
        # Most hrefs are spelled as we spell them; the others are read.
        entry = shelf.get(href[len(at) :]) if href.startswith(at) and "%" not in href else None
        entry = entry or _entry(asked, book, shelf, href)
        if entry is None:
            missing.append(multistatus.told(href, 404))
        else:
            found.append(entry)
    yield multistatus.START
    async for piece in members.responses(found):
        yield piece
    yield b"".join(missing) + multistatus.END


def _entry(asked: Asked, book: Book, shelf: Shelf, href: str) -> Entry | None:
    try:
        target = own(asked.who, href)
    except NotFound:
        return None
    if target.kind is not Kind.CARD or target.book != book.name:
        return None
    return shelf.get(target.name)


async def _within(asked: Asked) -> tuple[Listing, Book]:
    """The book of the target, a book or a card in it. Raises DavRefused (403), NotFound (404)."""
    if asked.target.kind not in {Kind.BOOK, Kind.CARD}:
        raise DavRefused(*dav("supported-report"))
    return await asked.book()


async def _query(asked: Asked, wanted: Query) -> Told:
    listing, book = await _within(asked)
    shelved = asked.shelf(listing, book)
    entries = shelved.changed(0)
    if asked.target.kind is Kind.CARD:
        one = shelved.get(asked.target.name)
        if one is None:
            raise NotFound
        entries = [one]
    elif asked.depth("0") == "0":
        entries = []  # Depth 0: the book itself, which is no card (RFC 6352 8.6)
    members = Members(asked, listing, hrefs.book(asked.who.owner, book.name), wanted.wanted)
    matches = filters.matcher(wanted.filter)
    names = filters.needed(wanted.filter)
    found: list[Entry] = []
    async for entry, values in said.values(asked.house, listing, entries, names):
        if matches(values):
            if wanted.limit is not None and len(found) == wanted.limit:
                return streamed(_matched(asked, members, found, more=True))
            found.append(entry)
    return streamed(_matched(asked, members, found, more=False))


async def _matched(
    asked: Asked, members: Members, found: list[Entry], *, more: bool
) -> AsyncIterator[bytes]:
    yield multistatus.START
    async for piece in members.responses(found):
        yield piece
    if more:
        yield multistatus.truncated(asked.target.href)
    yield multistatus.END
