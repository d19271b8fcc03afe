"""App passwords, one a device, for CardDAV alone; and the profile that sets an iPhone or Mac up with one."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contact_service.actions import app_passwords
from contact_service.actions.app_passwords import Made, Wish
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits, origin
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.formats import profiles
from contact_service.formats.dav import hrefs
from contact_service.formats.profiles import Account
from contact_service.model import app_password
from contact_service.model.app_password import Access, AppPassword, Device
from contact_service.model.problem import (
    DatabaseDown,
    InvalidId,
    InvalidParameter,
    Malformed,
    NotFound,
    Overloaded,
    OwnerErased,
    Restricted,
    TooManyAppPasswords,
    Unprocessable,
)

_FILE = 'attachment; filename="contacts.mobileconfig"'


class NewAppPassword(msgspec.Struct, frozen=True, rename="camel"):
    """`name` is your word for the device; `keywordGroups` shows it keywords as group cards."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    device: Device = Device.OTHER
    access: Access = Access.WRITE
    keyword_groups: bool = False


class MadeAppPassword(msgspec.Struct, frozen=True, rename="camel"):
    """The password is shown here and never again; `profileUrl` leads to the profile once, within ten minutes."""

    id: UUID
    username: str
    password: str
    profile_url: str
    dav_url: str


class AppPasswordShown(msgspec.Struct, frozen=True, rename="camel"):
    """An app password without its secret; `usedAt` is the day of its last sign-in, null: none yet."""

    id: UUID
    name: str
    device: Device
    access: Access
    keyword_groups: bool
    created_at: datetime
    used_at: date | None


class AppPasswords(msgspec.Struct, frozen=True, rename="camel"):
    """All of the owner's, oldest first."""

    app_passwords: list[AppPasswordShown]


_NEW = msgspec.json.Decoder(NewAppPassword)


async def page(caller: Caller) -> Answer:
    """GET /v1/app-passwords -> {appPasswords}."""
    return bodies.answer(
        AppPasswords([_shown(one) for one in await caller.read(app_passwords.listed)])
    )


async def post(caller: Caller) -> Answer:
    """POST /v1/app-passwords {name, device, access, keywordGroups} -> 201 with the password, shown this once."""
    asked = bodies.read(_NEW, caller.body)
    wish = Wish(asked.name, asked.device, asked.access, asked.keyword_groups)
    base = _base(caller)
    secret = await app_passwords.draw(caller.house)

    async def story(ctx: Context) -> Answer:
        made = await app_passwords.create(ctx, wish, secret)
        return bodies.answer(_made(base, made), 201)

    return await caller.post(story)


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/app-passwords/{id} -> 204: no device signs in with it any more."""
    await caller.write(app_passwords.revoke, _id(caller))
    return Answer(204, {}, b"")


async def profile(caller: Caller) -> Answer:
    """GET /v1/app-passwords/{id}/profile.mobileconfig -> the profile, once; the link itself is the permission."""
    login, key = _id(caller), caller.query("key") or ""
    caller.owner = await app_passwords.owner_of(caller.house, login, key)
    # A look ahead by a messenger or a browser must not use the link up.
    if caller.method != "HEAD":
        await caller.write(app_passwords.follow_link, login, key)
    made = profiles.profile(Account(login, _base(caller), hrefs.principal(caller.owner)))
    signer = caller.house.profile_signer
    headers = {"Content-Type": profiles.MEDIA, "Content-Disposition": _FILE}
    return Answer(200, headers, signer.sign(made) if signer is not None else made)


def _made(base: str, made: Made) -> MadeAppPassword:
    link = profiles.profile_url(base, made.id, made.key)
    return MadeAppPassword(made.id, str(made.id), made.password, link, profiles.dav_url(base))


def _shown(one: AppPassword) -> AppPasswordShown:
    return AppPasswordShown(
        id=one.id,
        name=one.name,
        device=one.device,
        access=one.access,
        keyword_groups=one.keyword_groups,
        created_at=one.created_at,
        used_at=one.used_on,
    )


def _base(caller: Caller) -> str:
    return origin.of(caller.house, caller.scope)


def _id(caller: Caller) -> UUID:
    return app_password.id_(caller.params["id"])


_PATH = "/v1/app-passwords"
ROUTES = (
    Route(
        "GET",
        _PATH,
        page,
        "privacy",
        "privacy",
        "List app passwords",
        {200: AppPasswords},
    ),
    Route(
        "POST",
        _PATH,
        post,
        "privacy",
        "privacy",
        "Make an app password",
        {201: MadeAppPassword},
        body=Body({JSON: NewAppPassword}, limits.JSON_BODY),
        problems=(Unprocessable, TooManyAppPasswords, Malformed, Overloaded),
    ),
    Route(
        "DELETE",
        _PATH + "/{id}",
        delete,
        "privacy",
        "privacy",
        "Revoke an app password",
        {204: None},
        problems=(NotFound, InvalidId),
    ),
    Route(
        "GET",
        _PATH + "/{id}/profile.mobileconfig",
        profile,
        None,
        None,
        "Set an iPhone, iPad or Mac up",
        {200: profiles.MEDIA},
        query=(Query("key", str, "From the `profileUrl` of the answer that made it."),),
        problems=(
            NotFound,
            InvalidId,
            InvalidParameter,
            Malformed,
            OwnerErased,
            Restricted,
            DatabaseDown,
        ),
    ),
)
