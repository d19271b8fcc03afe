"""A contact's photo on its page: shown, chosen, taken away; forms that work without a script."""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import context, edge, portrait
from contact_service.endpoints import limits
from contact_service.endpoints.web.visitor import Visitor
from contact_service.model import ids
from contact_service.model.problem import InvalidPhoto, MissingScope, TooLarge

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;.*?\bboundary="?([\w\'()+,./:=? -]{1,70})"?', re.IGNORECASE
)
_FORM_BYTES = 4_096
"""What a form adds to its file."""


async def show(visitor: Visitor, request: Request) -> Response:
    """GET /app/contacts/{id}/photo: the picture. 404 where there is none."""
    card = ids.card_id(request.path_params["id"])
    photo = await edge.read(
        visitor.house, visitor.owner, visitor.request_id, portrait.get, card, _unknown
    )
    # Like a page: nothing is kept by a browser after signing out.
    return Response(photo.content, media_type=photo.media, headers={"Cache-Control": "no-store"})


async def choose(visitor: Visitor, request: Request) -> Response:
    """POST /app/contacts/{id}/photo: `photo` of the form (RFC 7578) is the contact's from now on; back to its page."""
    _may_write(visitor)
    card = ids.card_id(request.path_params["id"])
    raw = _file(request.headers.get("content-type", ""), await _body(request))
    picture = await visitor.house.darkroom.develop(raw)
    story = context.by("web", portrait.put)
    await edge.write(visitor.house, visitor.owner, visitor.request_id, story, card, picture)
    return _back(request)


async def remove(visitor: Visitor, request: Request) -> Response:
    """POST /app/contacts/{id}/photo/remove: the contact has no photo from now on; back to its page."""
    _may_write(visitor)
    card = ids.card_id(request.path_params["id"])
    story = context.by("web", portrait.delete)
    await edge.write(visitor.house, visitor.owner, visitor.request_id, story, card)
    return _back(request)


def _unknown(_tag: str) -> bool:
    return False


def _may_write(visitor: Visitor) -> None:
    if not visitor.may_write:
        raise MissingScope("contacts.write")


def _back(request: Request) -> Response:
    return RedirectResponse(f"/app/contacts/{request.path_params['id']}", 303)


async def _body(request: Request) -> bytes:
    """Raises TooLarge (413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.PHOTO_BODY + _FORM_BYTES:
            raise TooLarge(limits.PHOTO_BODY, "bytes")
    return bytes(body)


def _file(media: str, body: bytes) -> bytes:
    """What the form's field `photo` holds. Raises InvalidPhoto (422)."""
    boundary = _BOUNDARY.match(media)
    if boundary is not None:
        for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:]:
            head, blank, content = part.partition(b"\r\n\r\n")
            if blank and b'name="photo"' in head:
                return content
    raise InvalidPhoto("The form holds no picture.")
