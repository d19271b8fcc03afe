"""Devices that sync by CardDAV: each has an app password, is set up from here, and is shut out from here alone."""

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import app_passwords, edge
from contact_service.actions.app_passwords import Made, Wish
from contact_service.endpoints import origin
from contact_service.endpoints.web import forms, pages, shelf
from contact_service.endpoints.web.visitor import Visitor
from contact_service.formats import profiles
from contact_service.model import app_password
from contact_service.model.app_password import Access, Device
from contact_service.model.problem import MissingScope, Unprocessable

LONGEST = 255
KINDS = {
    Device.IOS: ("iPhone or iPad", "smartphone"),
    Device.ANDROID: ("Android", "smartphone"),
    Device.DESKTOP: ("Computer", "monitor"),
    Device.OTHER: ("Something else", "globe"),
}
"""What a kind is called, and its icon."""


class SetUp(msgspec.Struct, frozen=True):
    """All that the page of a new device shows; `link` opens what `code`, an image in a data: URL, leads to."""

    name: str
    kind: Device
    username: str
    password: str
    address: str
    link: str | None
    code: str | None
    tls: bool


async def page(visitor: Visitor, request: Request) -> Response:
    """GET /app/devices: the devices there are, and the form for another one."""
    _may(visitor)
    standing = await edge.read(
        visitor.house, visitor.owner, visitor.request_id, app_passwords.listed
    )
    return await _beside_the_list(visitor, "devices", devices=standing[::-1], kinds=KINDS)


async def add(visitor: Visitor, request: Request) -> Response:
    """POST /app/devices: an app password for `name`; the page that shows it, this once."""
    _may(visitor)
    wish = _wish(await forms.read(request))
    secret = await app_passwords.draw(visitor.house)
    made = await edge.write(
        visitor.house, visitor.owner, visitor.request_id, app_passwords.create, wish, secret
    )
    shown = _set_up(origin.of(visitor.house, request.scope), wish, made)
    return await _beside_the_list(visitor, "device", device=shown)


async def revoke(visitor: Visitor, request: Request) -> Response:
    """POST /app/devices/{id}/revoke: it syncs no more; back to the others."""
    _may(visitor)
    device = app_password.id_(request.path_params["id"])
    await edge.write(visitor.house, visitor.owner, visitor.request_id, app_passwords.revoke, device)
    return RedirectResponse("/app/devices", 303)


def _may(visitor: Visitor) -> None:
    if "privacy" not in visitor.session.scopes:
        raise MissingScope("privacy")


def _wish(fields: dict[str, str]) -> Wish:
    name, kind = fields.get("name", "").strip(), fields.get("kind", "")
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        raise Unprocessable(f"A name has 1 to {LONGEST} printable characters.")
    if kind not in set(Device):
        raise Unprocessable("Choose what kind of device it is.")
    access = Access.READ if "reads" in fields else Access.WRITE
    return Wish(name, Device(kind), access, "groups" in fields)


def _set_up(base: str, wish: Wish, made: Made) -> SetUp:
    link: str | None = None
    if wish.device in {Device.IOS, Device.DESKTOP}:
        link = profiles.profile_url(base, made.id, made.key)
    elif wish.device is Device.ANDROID:
        link = profiles.davx5_url(base, made.id, made.password)
    scanned = link if wish.device is not Device.DESKTOP else None
    return SetUp(
        name=wish.name,
        kind=wish.device,
        username=str(made.id),
        password=made.password,
        address=profiles.dav_url(base),
        link=link,
        code=_code(scanned) if scanned is not None else None,
        tls=base.startswith("https:"),
    )


def _code(text: str) -> str:
    made: str = segno.make(text, micro=False).svg_data_uri(border=1, light="#fff", omitsize=True)
    return made


async def _beside_the_list(visitor: Visitor, pane: str, **values: object) -> Response:
    head = await visitor.head()
    _, roster = await visitor.book(head)
    everyone = shelf.of(roster, {}, {})
    return await pages.whole(visitor, head, everyone, everyone.section(0), pane=pane, **values)
