"""`contacts app-password`: a device's sign-in for CardDAV, made beside a running service or without one."""

import asyncio
import io
import json
from typing import Annotated

import segno
import typer

from contact_service.actions import app_passwords, edge
from contact_service.actions.app_passwords import Made, Wish
from contact_service.cli import options
from contact_service.cli.access import REQUEST
from contact_service.cli.exits import WrongUse
from contact_service.formats import profiles
from contact_service.model import ids
from contact_service.model.app_password import Access, Device
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

_LONGEST = 255


def app_password(  # noqa: PLR0913  the command line's options, one by one
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Whose contacts it opens.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What the owner calls the device.")],
    device: Annotated[
        Device, typer.Option("--device", help="What kind of device it is.")
    ] = Device.OTHER,
    access: Annotated[
        Access, typer.Option("--access", help="What the device may do.")
    ] = Access.WRITE,
    keyword_groups: Annotated[
        bool, typer.Option("--keyword-groups", help="Show it keywords as groups.")
    ] = False,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Make an app password: a device's own sign-in for CardDAV, shown this once."""
    settings, who = (
        options.settings(data_dir=data_dir, database_url=database_url),
        ids.owner_id(owner),
    )
    if not name.strip() or len(name) > _LONGEST or not name.isprintable():
        raise WrongUse(f"--name is 1 to {_LONGEST} printable characters.")
    made = asyncio.run(_make(settings, who, Wish(name, device, access, keyword_groups)))
    base = settings.public_url or f"http://{_host(settings)}:{settings.port}"
    if as_json:
        typer.echo(json.dumps(_shown(made, base)))
    else:
        _tell(made, base, device)


async def _make(settings: Settings, owner: OwnerId, wish: Wish) -> Made:
    async with houses.attached(settings) as house:
        secret = await app_passwords.draw(house)
        return await edge.write(house, owner, REQUEST, app_passwords.create, wish, secret)


def _shown(made: Made, base: str) -> dict[str, str]:
    return {
        "id": str(made.id),
        "username": str(made.id),
        "password": made.password,
        "profileUrl": profiles.profile_url(base, made.id, made.key),
        "davUrl": profiles.dav_url(base),
    }


def _tell(made: Made, base: str, device: Device) -> None:
    link = profiles.profile_url(base, made.id, made.key)
    typer.echo(f"address   {profiles.dav_url(base)}")
    typer.echo(f"username  {made.id}")
    typer.echo(f"password  {made.password}")
    if device in {Device.IOS, Device.DESKTOP}:
        typer.echo(f"profile   {link} (iPhone, iPad, Mac; once, within 10 minutes)")
    scanned = link if device is Device.IOS else None
    if device is Device.ANDROID:
        scanned = profiles.davx5_url(base, made.id, made.password)
    if scanned is not None:
        typer.echo(f"\n{_qr(scanned)}")


def _qr(text: str) -> str:
    out = io.StringIO()
    segno.make(text, micro=False).terminal(out, compact=True)
    return out.getvalue()


def _host(settings: Settings) -> str:
    return f"[{settings.host}]" if ":" in settings.host else settings.host
