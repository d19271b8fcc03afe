"""PROPFIND (RFC 4918 9.1): of the caller's own principal, home, books and cards."""

from collections.abc import AsyncIterator

from contact_service.endpoints.carddav import values
from contact_service.endpoints.carddav.asked import Asked
from contact_service.endpoints.carddav.members import Members
from contact_service.endpoints.carddav.targets import Kind, Target
from contact_service.endpoints.carddav.told import Told, multi, streamed
from contact_service.endpoints.carddav.values import Seen
from contact_service.formats.dav import multistatus, properties, wanted
from contact_service.formats.dav.markup import element
from contact_service.formats.dav.names import Name, dav
from contact_service.formats.dav.wanted import Extent, Wanted
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import NotFound


async def propfind(asked: Asked) -> Told:
    """PROPFIND /dav/… -> 207; Depth 0 or 1, infinity is refused (403 propfind-finite-depth)."""
    want = wanted.propfind(asked.body)
    depth = asked.depth("infinity")
    if depth == "infinity":
        raise DavRefused(*dav("propfind-finite-depth"))
    if asked.target.kind is Kind.CARD:
        return await _card(asked, want)
    seen = await _seen(asked, asked.target)
    if depth == "1" and asked.target.kind is Kind.BOOK:
        return streamed(_book(asked, seen, want))
    shown = [seen, *(await _inside(asked) if depth == "1" else [])]
    return multi([response(asked, one, want) for one in shown])


async def _card(asked: Asked, want: Wanted) -> Told:
    listing, book = await asked.book()
    entry = asked.shelf(listing, book).get(asked.target.name)
    if entry is None:
        raise NotFound
    at = Target(Kind.BOOK, asked.who.owner, book.name).href
    members = Members(asked, listing, at, want)
    return multi([made async for made in members.responses([entry])])


async def _book(asked: Asked, seen: Seen, want: Wanted) -> AsyncIterator[bytes]:
    listing, book = await asked.book()
    members = Members(asked, listing, asked.target.href, want)
    yield multistatus.START + response(asked, seen, want)
    async for piece in members.responses(asked.shelf(listing, book).changed(0)):
        yield piece
    yield multistatus.END


async def _seen(asked: Asked, target: Target) -> Seen:
    """The resource, if it is there. Raises NotFound (404)."""
    if target.kind is not Kind.BOOK:
        return Seen(target)
    listing, book = await asked.book()
    return Seen(target, book, listing.head)


async def _inside(asked: Asked) -> list[Seen]:
    """What lies right below a collection that is no book: of all owners' only the caller's own."""
    owner = asked.who.owner
    if asked.target.kind is Kind.ROOT:
        return [Seen(Target(Kind.PRINCIPALS)), Seen(Target(Kind.HOMES))]
    if asked.target.kind is Kind.PRINCIPALS:
        return [Seen(Target(Kind.PRINCIPAL, owner))]
    if asked.target.kind is Kind.HOMES:
        return [Seen(Target(Kind.HOME, owner))]
    if asked.target.kind is Kind.HOME:
        listing = await asked.listing()
        return [
            Seen(Target(Kind.BOOK, owner, book.name), book, listing.head)
            for book in listing.books.values()
        ]
    return []


def response(asked: Asked, seen: Seen, want: Wanted) -> bytes:
    """One resource that is no card."""
    if want.extent is Extent.NAMES:
        names = [*properties.LIVE[seen.shape], *values.dead(seen)]
        present = [name for name in names if values.value(asked, seen, name) is not None]
        return multistatus.answered(seen.target.href, [element(name) for name in present], b"")
    names = list(want.names)
    if want.extent is Extent.ALL:
        usual = [name for name in properties.LIVE[seen.shape] if name in properties.ALL]
        names = list(dict.fromkeys((*usual, *values.dead(seen), *want.names)))
    found: list[bytes] = []
    missing: list[Name] = []
    for name in names:
        made = values.value(asked, seen, name)
        if made is not None:
            found.append(made)
        elif want.extent is not Extent.ALL or name in want.names:
            missing.append(name)
    absent = multistatus.absent(missing, minimal=asked.minimal)
    return multistatus.answered(seen.target.href, found, absent)
