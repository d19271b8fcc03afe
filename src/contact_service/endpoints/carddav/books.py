"""Address books as collections: extended MKCOL (RFC 5689), PROPPATCH (RFC 4918 9.2), DELETE."""

from contact_service.actions import books
from contact_service.endpoints import limits
from contact_service.endpoints.carddav import values
from contact_service.endpoints.carddav.asked import Asked
from contact_service.endpoints.carddav.targets import Kind
from contact_service.endpoints.carddav.told import Told, multi, nothing
from contact_service.formats.dav import changes, multistatus, properties
from contact_service.formats.dav.changes import Change
from contact_service.formats.dav.names import Name, carddav, dav
from contact_service.model.dav_problem import BookExists, DavRefused
from contact_service.model.problem import MethodNotAllowed, TooLarge

_PROTECTED = dav("cannot-modify-protected-property")


async def mkcol(asked: Asked) -> Told:
    """MKCOL /dav/addressbooks/{owner}/{book}/ -> 201; an address book, with the properties of the body."""
    if asked.target.kind is Kind.CARD:
        raise DavRefused(*carddav("addressbook-collection-location-ok"))
    if asked.target.kind is not Kind.BOOK:
        raise BookExists(allowed=["OPTIONS", "PROPFIND"])
    sets = changes.mkcol(asked.body)
    refused = [change.name for change in sets if change.name in properties.PROTECTED]
    if refused:
        rest = [change.name for change in sets if change.name not in properties.PROTECTED]
        body = multistatus.made(_refused(refused, rest))
        return Told(403, {"Content-Type": multistatus.MEDIA}, body)
    await asked.write(books.make, asked.target.book, _kept(sets))
    return nothing(201)


def _kept(sets: tuple[Change, ...]) -> dict[str, str]:
    kept = {
        values.clark(change.name): change.value.element.decode()
        for change in sets
        if change.value is not None
    }
    if sum(map(len, kept.values())) > limits.BOOK_PROPERTIES:
        raise TooLarge(limits.BOOK_PROPERTIES, "bytes")
    return kept


async def proppatch(asked: Asked) -> Told:
    """PROPPATCH /dav/addressbooks/{owner}/{book}/ -> 207; all changes or none."""
    sets = changes.proppatch(asked.body)
    names = list(dict.fromkeys(change.name for change in sets))
    # Only a book keeps properties: those of all else say what they say by themselves.
    book = (await asked.book())[1] if asked.target.kind is Kind.BOOK else None
    refused = [name for name in names if book is None or name in properties.PROTECTED]
    if book is None or refused:
        rest = [name for name in names if name not in refused]
        return multi([multistatus.response(asked.target.href, *_refused(refused, rest))])
    final = {change.name: change for change in sets}
    kept = _kept(tuple(final.values()))
    changed = {values.clark(name): kept.get(values.clark(name)) for name in final}
    await asked.write(books.set_props, book.id, changed)
    return multi([multistatus.response(asked.target.href, multistatus.propstat(200, names))])


def _refused(refused: list[Name], rest: list[Name]) -> list[bytes]:
    told = [multistatus.propstat(403, refused, _PROTECTED)]
    return [*told, multistatus.propstat(424, rest)] if rest else told


async def delete(asked: Asked) -> Told:
    """DELETE /dav/addressbooks/{owner}/{book}/ -> 204; its cards go to the trash."""
    if asked.target.kind is not Kind.BOOK:
        raise MethodNotAllowed(allowed=["OPTIONS", "PROPFIND", "REPORT"])
    _, book = await asked.book()
    await asked.write(books.delete, book.id)
    return nothing(204)
