"""GET, PUT, DELETE, COPY and MOVE of cards (RFC 6352 6.3.2, RFC 4918 9)."""

from contact_service.actions import faces, photos, relocation, resources
from contact_service.actions.conditions import Fate
from contact_service.actions.resources import Place
from contact_service.endpoints import asking
from contact_service.endpoints.carddav.asked import Asked
from contact_service.endpoints.carddav.targets import Kind
from contact_service.endpoints.carddav.told import Told, nothing
from contact_service.endpoints.carddav.values import http_date
from contact_service.formats.dav import hrefs, wanted
from contact_service.formats.dav.names import carddav
from contact_service.model.card import Card
from contact_service.model.dav_problem import DavRefused, WrongUid
from contact_service.model.problem import (
    MethodNotAllowed,
    NotFound,
    TooLarge,
    UidTaken,
    UnsupportedFormat,
)

_OF_COLLECTIONS = ["OPTIONS", "PROPFIND", "PROPPATCH", "REPORT"]


async def get(asked: Asked) -> Told:
    """GET /dav/addressbooks/{owner}/{book}/{name} -> the vCard; 304 when If-None-Match names its tag."""
    if asked.target.kind is not Kind.CARD:
        raise MethodNotAllowed(allowed=_OF_COLLECTIONS)
    listing, book = await asked.book()
    entry = asked.shelf(listing, book).get(asked.target.name)
    if entry is None:
        raise NotFound
    shown = version(asked)
    tag = faces.tag(listing.head.epoch, entry.version, entry.lines, shown)
    headers = {"ETag": tag, "Last-Modified": http_date(entry.updated_at), "Vary": "Accept"}
    if asking.unchanged(asked.headers.get(b"if-none-match"), tag):
        return Told(304, headers)
    face = (await faces.read(asked.house, listing, [entry], shown)).get(entry.card)
    if face is None:
        raise NotFound
    headers |= {"ETag": face.tag, "Content-Type": f"{wanted.MEDIA}; charset=utf-8"}
    return Told(200, headers, face.body)


def version(asked: Asked) -> str | None:
    """The version of vCard to show: the device's, else that of Accept; None: as stored. Raises DavRefused (403)."""
    if asked.version is not None:
        return asked.version
    for offer in asked.header(b"accept").lower().split(","):
        media, *parameters = [part.strip() for part in offer.split(";")]
        for told in parameters:
            if media == wanted.MEDIA and told.startswith("version="):
                number = told.removeprefix("version=").strip('"')
                if number not in wanted.VERSIONS:
                    raise DavRefused(*carddav("supported-address-data-conversion"))
                return number
    return None


async def put(asked: Asked) -> Told:
    """PUT /dav/addressbooks/{owner}/{book}/{name} -> 201, 204; 412; an ETag only when a GET gives the bytes sent."""
    place = _place(asked)
    media = asked.header(b"content-type").partition(";")[0].strip().lower()
    if media not in {
        "",
        wanted.MEDIA,
        "text/x-vcard",
        "text/directory",
        "application/octet-stream",
    }:
        raise DavRefused(*carddav("supported-address-data"))
    try:
        # Large pictures are developed before a transaction holds the owner's row.
        await photos.prepare(asked.house, [Card(b"{}", asked.body)])
        stored = await asked.write(
            resources.put,
            place,
            asked.body,
            asked.conditions(),
            shown=asked.version,
            grouped=bool(asked.projection),
        )
    except (UidTaken, WrongUid) as problem:
        await _name_holder(asked, problem)
        raise
    except UnsupportedFormat:
        raise DavRefused(*carddav("supported-address-data")) from None
    except TooLarge:
        raise DavRefused(*carddav("max-resource-size")) from None
    headers = {"ETag": stored.etag} if stored.etag is not None else {}
    return Told(_PUT[stored.fate], headers)


_PUT = {Fate.CREATED: 201, Fate.CHANGED: 204, Fate.STALE: 412}


async def _name_holder(asked: Asked, problem: UidTaken | WrongUid) -> None:
    """Say where the card lies that holds the uid (RFC 6352 6.3.2.1)."""
    listing = await asked.listing()
    for book, entry in listing.places.values():
        if str(entry.card) == problem.members["id"]:
            at = hrefs.book(asked.who.owner, listing.books[book].name)
            problem.members["href"] = at + hrefs.segment(entry.name)


async def delete(asked: Asked) -> Told:
    """DELETE /dav/addressbooks/{owner}/{book}/{name} -> 204; 412 when If-Match is stale."""
    story, grouped = resources.delete, bool(asked.projection)
    fate = await asked.write(story, _place(asked), asked.conditions(), grouped=grouped)
    return nothing(412 if fate is Fate.STALE else 204)


async def move(asked: Asked) -> Told:
    """MOVE /dav/addressbooks/{owner}/{book}/{name} -> 201, 204; the card keeps its id and history."""
    place, to = _place(asked), _destination(asked)
    story = relocation.move
    fate = await asked.write(story, place, to, asked.conditions(), overwrite=asked.overwrites)
    return nothing(_PUT[fate])


async def copy(asked: Asked) -> Told:
    """COPY /dav/addressbooks/{owner}/{book}/{name} -> 201, 204: the same content in another book."""
    place, to = _place(asked), _destination(asked)
    story = relocation.copy
    fate = await asked.write(story, place, to, asked.conditions(), overwrite=asked.overwrites)
    return nothing(_PUT[fate])


def _place(asked: Asked) -> Place:
    if asked.target.kind is not Kind.CARD:
        raise MethodNotAllowed(allowed=_OF_COLLECTIONS)
    return Place(asked.target.book, asked.target.name)


def _destination(asked: Asked) -> Place:
    to = asked.destination()
    if to.kind is not Kind.CARD:
        raise DavRefused(*carddav("addressbook-collection-location-ok"))
    return Place(to.book, to.name)
