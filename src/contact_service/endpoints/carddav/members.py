"""Responses for the cards of a book: made from pieces that are alike for all, joined a card at a time."""

import re
from collections.abc import AsyncIterator, Callable, Sequence

from contact_service.actions import faces
from contact_service.actions.kept_faces import Face
from contact_service.actions.listing import Entry, Listing
from contact_service.endpoints.carddav import values
from contact_service.endpoints.carddav.asked import Asked
from contact_service.endpoints.carddav.targets import Kind, Target
from contact_service.endpoints.carddav.values import Seen, http_date
from contact_service.formats.dav import hrefs, markup, multistatus, properties, subset, wanted
from contact_service.formats.dav.names import ADDRESS_DATA, Name
from contact_service.formats.dav.values import text
from contact_service.formats.dav.wanted import Extent, Wanted

SLICE, SLICE_WITHOUT_BODIES = 200, 2_000
"""Cards that are in memory at once while an answer is streamed."""
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
_OF_ALL = (
    properties.RESOURCETYPE,
    properties.GETETAG,
    properties.GETCONTENTTYPE,
    properties.GETCONTENTLENGTH,
    properties.GETLASTMODIFIED,
)
_TYPE = text(properties.GETCONTENTTYPE, f"{wanted.MEDIA}; charset=utf-8")
_NAMES = [markup.element(name) for name in properties.LIVE[properties.Kind.CARD]]

Piece = Callable[[Entry, Face | None], bytes]


class Members:
    """Makes the responses of one request for cards of one book."""

    def __init__(self, asked: Asked, listing: Listing, book: str, want: Wanted) -> None:
        """`book` is the path of the book, `want` what is asked for of each card."""
        self._asked = asked
        self._listing = listing
        self._book = book
        self._names_only = want.extent is Extent.NAMES
        part = want.card
        self._properties = part.properties if part is not None else None
        self.version = asked.version or (
            part.version if part is not None and part.version else None
        )
        names = want.names
        if want.extent is Extent.ALL:
            names = tuple(dict.fromkeys((*_OF_ALL, *want.names)))
        self._pieces, missing = self._chosen(names)
        self._end = multistatus.closed(multistatus.absent(missing, minimal=asked.minimal))
        self.needs_bodies = bool({ADDRESS_DATA, properties.GETCONTENTLENGTH} & set(names))

    def _chosen(self, names: tuple[Name, ...]) -> tuple[list[Piece], list[Name]]:
        own: dict[Name, Piece] = {
            properties.GETETAG: lambda entry, _: multistatus.etag(
                faces.tag(self._listing.head.epoch, entry.version, entry.lines, self.version)
            ),
            properties.GETCONTENTTYPE: lambda _entry, _face: _TYPE,
            properties.GETCONTENTLENGTH: lambda _, face: text(
                properties.GETCONTENTLENGTH, str(len(face.body) if face else 0)
            ),
            properties.GETLASTMODIFIED: lambda entry, _: text(
                properties.GETLASTMODIFIED, http_date(entry.updated_at)
            ),
            ADDRESS_DATA: self._card,
        }
        seen = Seen(Target(Kind.CARD, self._asked.who.owner))
        pieces: list[Piece] = []
        missing: list[Name] = []
        for name in names:
            if name in own:
                pieces.append(own[name])
            elif (alike := values.value(self._asked, seen, name)) is not None:
                pieces.append(_alike(alike))
            else:
                missing.append(name)
        return pieces, missing

    def _card(self, entry: Entry, face: Face | None) -> bytes:
        body = face.body if face is not None else b""
        if self._properties is not None:
            body = subset.pick(body, self._properties)
        return multistatus.card(body, faces.version(entry.lines, self.version))

    def href(self, name: str) -> str:
        """The path of a card."""
        return self._book + (name if _PLAIN.fullmatch(name) else hrefs.segment(name))

    def response(self, entry: Entry, face: Face | None) -> bytes:
        """One card."""
        path = self.href(entry.name)
        if self._names_only:
            return multistatus.answered(path, _NAMES, b"")
        return multistatus.opened(path, *[piece(entry, face) for piece in self._pieces]) + self._end

    def gone(self, name: str) -> bytes:
        """A card that is no more (RFC 6578 3.4)."""
        return multistatus.told(self.href(name), 404)

    async def responses(self, rows: Sequence[Entry | str]) -> AsyncIterator[bytes]:
        """Cards, and names of cards that are no more, in order. Bodies are read a slice at a time; a card that went
        between the listing and its reading is told as gone.
        """
        size = SLICE if self.needs_bodies else SLICE_WITHOUT_BODIES
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            found = {}
            if self.needs_bodies:
                entries = [row for row in some if isinstance(row, Entry)]
                found = await faces.read(self._asked.house, self._listing, entries, self.version)
            made = []
            for row in some:
                if isinstance(row, str):
                    made.append(self.gone(row))
                elif self.needs_bodies and row.card not in found:
                    made.append(self.gone(row.name))
                else:
                    made.append(self.response(row, found.get(row.card)))
            yield b"".join(made)


def _alike(made: bytes) -> Piece:
    return lambda _entry, _face: made
