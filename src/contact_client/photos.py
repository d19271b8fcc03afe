"""Photos: sent as JPEG, PNG, WebP or GIF, kept by the service as a small plain JPEG with a tag of its own."""

import msgspec

from contact_client import places
from contact_client.values import Contact, contact
from contact_client.wire import Ask, Wire

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Photo(msgspec.Struct, frozen=True):
    """A picture: its bytes, its media type, its tag."""

    content: bytes
    media: str
    etag: str


class Photos:
    """`contacts.photos`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def get(self, contact_id: str, *, known: str | None = None) -> Photo | None:
        """The contact's photo; None when it is still the one with the tag `known`. Raises NotFound."""
        headers = {} if known is None else {"If-None-Match": known}
        ask = Ask("GET", places.contact(contact_id, "/photo"), headers=headers)
        reply = await self._wire.ask(ask)
        if reply.status == 304:
            return None
        return Photo(reply.body, reply.headers["content-type"], reply.headers["etag"])

    async def put(
        self, contact_id: str, content: bytes, media: str, *, if_match: str | None = None
    ) -> Contact:
        """The contact's photo is this one; `if_match` is the contact's etag. Raises NotFound, StaleRevision."""
        path = places.contact(contact_id, "/photo")
        reply = await self._wire.change("PUT", path, if_match, content, media)
        return contact(reply.read(_MEMBERS))

    async def delete(self, contact_id: str, *, if_match: str | None = None) -> None:
        """The contact has no photo. Raises NotFound, StaleRevision."""
        await self._wire.change("DELETE", places.contact(contact_id, "/photo"), if_match)
