"""App passwords as their owner meets them: made and shown once, listed, revoked; and the one-time link to a profile."""

import hmac
from datetime import timedelta
from uuid import UUID

import msgspec

from contact_service.actions import keyword_groups
from contact_service.actions.context import Context, House
from contact_service.model.app_password import MOST, Access, AppPassword, Device
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidCursor, NotFound, TooManyAppPasswords
from contact_service.storage import app_passwords, owners
from contact_service.storage.app_passwords import Link, PasswordRow
from contact_service.vault import passwords

LINK_LIFE = timedelta(minutes=10)
_KIND = "login"


class Secret(msgspec.Struct, frozen=True):
    """A fresh password and what is kept of it: drawn before the story, for Argon2 must not hold an owner's lock."""

    password: str
    hash: str


class Wish(msgspec.Struct, frozen=True):
    """What an owner asks for; `name` is their word for the device, 1-255 characters."""

    name: str
    device: Device = Device.OTHER
    access: Access = Access.WRITE
    keyword_groups: bool = False


class Made(msgspec.Struct, frozen=True):
    """A new app password: `key` opens the link to its profile once, within ten minutes."""

    id: UUID
    password: str
    key: str


async def draw(house: House) -> Secret:
    """A fresh password. Raises Overloaded (503)."""
    password = passwords.new()
    return Secret(password, await house.turnstile.hashed(password))


async def create(ctx: Context, wish: Wish, secret: Secret) -> Made:
    """Keep a new app password. Raises TooManyAppPasswords (422)."""
    standing, _ = await app_passwords.count(ctx.tx)
    if standing >= MOST:
        raise TooManyAppPasswords(MOST)
    made = ctx.new_id()
    key = _link_key(ctx.house, made)
    row = PasswordRow(
        id=made,
        name=ctx.key.seal(_KIND, made.bytes, 0, wish.name.encode()),
        device=wish.device,
        access=wish.access,
        keyword_groups=wish.keyword_groups,
        created_at=ctx.now,
        used_on=None,
    )
    await app_passwords.add(ctx.tx, row, secret.hash, Link(_mac(ctx, key), ctx.now + LINK_LIFE))
    if wish.keyword_groups and not ctx.head.keyword_groups:
        await keyword_groups.populate(ctx)
        await owners.set_keyword_groups(ctx.tx, shown=True)
    await ctx.note("app-password.created", object_kind="app-password", object_id=str(made))
    return Made(made, secret.password, key)


async def listed(ctx: Context) -> list[AppPassword]:
    """The owner's app passwords, oldest first. Raises IntegrityBroken (500)."""
    return [
        AppPassword(
            id=row.id,
            name=ctx.key.open(_KIND, row.id.bytes, 0, row.name).decode(),
            device=row.device,
            access=row.access,
            keyword_groups=row.keyword_groups,
            created_at=row.created_at,
            used_on=row.used_on,
        )
        for row in await app_passwords.all_(ctx.tx)
    ]


async def revoke(ctx: Context, password: UUID) -> None:
    """No device signs in with it from the commit on, in no process. Raises NotFound (404)."""
    grouped = await app_passwords.remove(ctx.tx, password)
    if grouped is None:
        raise NotFound
    _, others = await app_passwords.count(ctx.tx)
    if grouped and not others:
        await owners.set_keyword_groups(ctx.tx, shown=False)
    await ctx.note("app-password.revoked", object_kind="app-password", object_id=str(password))


async def owner_of(house: House, password: UUID, key: str) -> OwnerId:
    """Whose app password the link is of, as far as its signature tells. Raises NotFound (404)."""
    try:
        house.signer.read_cursor(OwnerId(""), _link_name(password), key)
    except InvalidCursor:
        raise NotFound from None
    found = await house.db.dav_logins.get(password)
    if found is None:
        raise NotFound
    return OwnerId(found["owner_id"])


async def follow_link(ctx: Context, password: UUID, key: str) -> None:
    """Use the link up. Raises NotFound (404): used before, too old, of another."""
    link = await app_passwords.link(ctx.tx, password)
    if (
        link is None
        or ctx.now >= link.until
        or not hmac.compare_digest(link.key_mac, _mac(ctx, key))
    ):
        raise NotFound
    await app_passwords.end_link(ctx.tx, password)
    await ctx.note(
        "app-password.profile-fetched", object_kind="app-password", object_id=str(password)
    )


def _link_key(house: House, password: UUID) -> str:
    """Signed: what nobody was given is refused before the database is asked. Random: nobody else can make it."""
    return house.signer.cursor(OwnerId(""), _link_name(password), passwords.nonce())


def _link_name(password: UUID) -> str:
    return f"profile/{password}"


def _mac(ctx: Context, key: str) -> bytes:
    return ctx.key.mac(b"profile:" + key.encode())
