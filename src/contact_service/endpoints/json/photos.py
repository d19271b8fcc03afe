"""A contact's photo: sent in one of four formats, kept as a small plain JPEG, served as bytes with their own tag."""

from functools import partial

from contact_service.actions import portrait
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import asking, limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import contacts
from contact_service.endpoints.json.contacts import Contact
from contact_service.endpoints.routes import Body, Route
from contact_service.formats import images
from contact_service.model import ids
from contact_service.model.problem import (
    InvalidCard,
    InvalidId,
    InvalidPhoto,
    NotFound,
    StaleRevision,
)

# A stranger made these bytes: a browser that opens them as a page must not run anything that is in them.
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
}


async def get(caller: Caller) -> Answer:
    """GET /v1/contacts/{id}/photo -> the picture; 304 when the tag still fits. `v` in the address is for caches."""
    card = ids.card_id(caller.params["id"])
    has = partial(asking.unchanged, caller.headers.get(b"if-none-match"))
    photo = await caller.read(portrait.get, card, has)
    if photo.content is None:
        return Answer(304, {"ETag": photo.tag}, b"")
    headers = {"ETag": photo.tag, "Content-Type": photo.media, **_HARMLESS}
    return Answer(200, headers, photo.content)


async def put(caller: Caller) -> Answer:
    """PUT /v1/contacts/{id}/photo -> Card; 412 when If-Match, a tag of the contact, is stale."""
    card = ids.card_id(caller.params["id"])
    matched = await contacts.matched(caller, card)
    picture = await caller.house.darkroom.develop(caller.body)
    return contacts.written(await caller.write(portrait.put, card, picture, matched))


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/contacts/{id}/photo -> 204, also when there is none; 412 when If-Match is stale."""
    card = ids.card_id(caller.params["id"])
    await caller.write(portrait.delete, card, await contacts.matched(caller, card))
    return Answer(204, {}, b"")


_PATH = "/v1/contacts/{id}/photo"
_ID = (NotFound, InvalidId)

ROUTES = (
    Route(
        "GET",
        _PATH,
        get,
        "contacts.read",
        "reads",
        "Read a contact's photo",
        {200: bytes},
        problems=_ID,
        conditional=True,
        media=images.ACCEPTED,
    ),
    Route(
        "PUT",
        _PATH,
        put,
        "contacts.write",
        "writes",
        "Set a contact's photo",
        {200: Contact},
        body=Body(dict.fromkeys(images.ACCEPTED, "picture"), limits.PHOTO_BODY),
        problems=(*_ID, InvalidCard, InvalidPhoto, StaleRevision),
        lane="bulk",
        guarded=True,
    ),
    Route(
        "DELETE",
        _PATH,
        delete,
        "contacts.write",
        "writes",
        "Remove a contact's photo",
        {204: None},
        problems=(*_ID, InvalidCard, StaleRevision),
        guarded=True,
    ),
)
