"""A contact's photo: set, shown, removed. To everybody else an ordinary edit of the card's `media` (RFC 9553 2.6.4)."""

from collections.abc import Callable
from typing import Any

import msgspec

from contact_service.actions import cards, photos
from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.actions.writing import Written
from contact_service.formats import images, jscontact
from contact_service.formats.images import Picture
from contact_service.formats.vcard import markers
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.problem import NotFound
from contact_service.storage import blobs
from contact_service.vault import blobs as sealed_blobs

_KIND = "photo"


class Photo(msgspec.Struct, frozen=True):
    """A photo as it is served. `tag` is of its content; `content` is None when the caller has that already."""

    tag: str
    media: str
    content: bytes | None


async def get(ctx: Context, card: CardId, has: Callable[[str], bool]) -> Photo:
    """The first of the contact's photos that is kept here and of a kind that browsers may show; `has` tells whether
    the caller holds the content of that tag. Raises NotFound (404): no contact, or no such photo.
    """
    desk = Desk(ctx)
    await desk.lay([card], [])
    uris = [str(entry.get("uri")) for entry in _photos(desk.last(card)).values()]
    named = [blob for uri in uris if (blob := markers.blob(uri)) is not None]
    held = await blobs.get_many(ctx.tx, named) if named else {}
    for blob in named:
        row = held.get(blob)
        if row is not None and row.media in images.ACCEPTED:
            tag = f'"{blob.hex()}"'
            content = None if has(tag) else sealed_blobs.open_(ctx.key, blob, row.sealed)
            return Photo(tag, row.media, content)
    raise NotFound


async def put(ctx: Context, card: CardId, picture: Picture, if_match: str | None = None) -> Written:
    """The picture in the place of the contact's first photo, or as its first.

    Raises NotFound (404), StaleRevision (412, with the current contact), TooLarge (413).
    """
    desk = Desk(ctx)
    await desk.lay([card], [])
    entries = jscontact.fields(desk.last(card).json).media or {}
    place = next(iter(_photos(desk.last(card))), None) or _free(entries)
    blob = await photos.keep(ctx, picture.content)
    uri = f"{markers.URN}{blob.hex()}"
    entry = {"@type": "Media", "kind": _KIND, "uri": uri, "mediaType": picture.media}
    desk.patch(card, {"media": {**entries, place: entry}}, if_match=if_match)
    return await cards.written(ctx, desk, card, "contact.changed", created=False)


async def delete(ctx: Context, card: CardId, if_match: str | None = None) -> None:
    """The contact's photos go; nothing happens where there is none. Raises NotFound (404), StaleRevision (412)."""
    desk = Desk(ctx)
    await desk.lay([card], [])
    entries = jscontact.fields(desk.last(card).json).media or {}
    left = {key: entry for key, entry in entries.items() if entry.get("kind") != _KIND}
    desk.patch(card, {"media": left or None}, if_match=if_match)
    await cards.written(ctx, desk, card, "contact.changed", created=False)


def _photos(card: Card) -> dict[str, dict[str, Any]]:
    entries = jscontact.fields(card.json).media or {}
    return {key: entry for key, entry in entries.items() if entry.get("kind") == _KIND}


def _free(entries: dict[str, Any]) -> str:
    """A key that no entry has."""
    return next(key for n in range(len(entries) + 1) if (key := f"photo{n or ''}") not in entries)
