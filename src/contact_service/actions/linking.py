"""Linking an account: the owner's browser goes to the provider and comes back with a code (RFC 6749 4.1, RFC 9700).

What comes back counts only where the one who began can be told by more than the `state`: by a cookie of the browser
that began, or by a ticket that only the app behind the return URL receives and hands in with its owner's own token.
Else somebody could have another person's contacts linked to his own account (docs/decisions/0028).
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from contact_service.actions import edge, link_results
from contact_service.actions.context import Context, House
from contact_service.actions.link_results import Pending
from contact_service.integrations import connectors, oauth
from contact_service.integrations.oauth import Wanted
from contact_service.model import consent
from contact_service.model.account import MOST, Account, purpose, spelled
from contact_service.model.account_problem import LinkRefused, ProviderNotOffered, TooManyAccounts
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidParameter, NotFound
from contact_service.storage import accounts, oauth_states
from contact_service.vault import oauth_states as sealed_states
from contact_service.vault.sealing import DataKey

LIFE = timedelta(minutes=10)
WAITING = 10
"""Links of an owner that may be under way at once: the oldest make room."""
_KIND = "tok"
_WHO = "linking"


class Wish(msgspec.Struct, frozen=True):
    """What an owner wants linked. `return_url`: where the browser goes in the end, one of the operator's list;
    `options`: choices by name; `account`: the one to connect again, None for whichever it is.
    """

    provider: str
    return_url: str | None = None
    options: Mapping[str, bool] = {}
    account: UUID | None = None


class Begun(msgspec.Struct, frozen=True):
    """Where the browser goes, and what it has to bring back. `browser`: the value of the cookie `cookie`."""

    url: str
    state: str
    cookie: str
    browser: str
    expires_at: datetime


class Back(msgspec.Struct, frozen=True):
    """How the browser came back. `slug` "" when the account is linked, else why not; `ticket`: linked once the app
    hands it in.
    """

    slug: str = ""
    return_url: str | None = None
    account: UUID | None = None
    ticket: str | None = None


def offered(house: House) -> list[str]:
    """The providers that are set up here."""
    apps = house.settings.providers
    return [name for name in connectors.ALL if apps[name].client_id is not None]


async def begin(ctx: Context, wish: Wish, redirect_uri: str) -> Begun:
    """Begin a link. `redirect_uri` is ours, as registered at the provider.

    Raises ProviderNotOffered, NotFound (404), ConsentRequired (403), InvalidParameter, TooManyAccounts (422).
    """
    settings = ctx.house.settings
    if wish.provider not in offered(ctx.house):
        raise ProviderNotOffered
    consent.require(ctx.head.consents, purpose(wish.provider))
    consent.require(ctx.head.consents, Purpose.STORE)
    if wish.return_url is not None and wish.return_url not in settings.oauth_return_urls:
        raise InvalidParameter("redirectUri", "none of the addresses in CONTACT_OAUTH_RETURN_URLS")
    await _room(ctx, wish)
    made, browser = ctx.new_id(), secrets.token_urlsafe(32)
    reading = connectors.of(wish.provider).manifest.scopes
    wanted = Wanted(
        redirect_uri=redirect_uri,
        state=sealed_states.seal(ctx.house.keyring, "state", ctx.owner, made),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        scopes=oauth.scopes(wish.provider, reading, [n for n, on in wish.options.items() if on]),
    )
    options = spelled(wish.options)
    pending = Pending(wish.provider, wanted, wish.return_url, options, wish.account, _mark(browser))
    until = ctx.now + LIFE
    await oauth_states.add(ctx.tx, made, _seal(ctx.key, made, pending), until)
    await oauth_states.drop_ended(ctx.tx, ctx.now, WAITING)
    url = oauth.authorize_url(wish.provider, settings.providers[wish.provider], wanted)
    return Begun(url, wanted.state, cookie(made), browser, until)


def cookie(state: UUID) -> str:
    """The name of the cookie that binds a link to the browser it was begun in: several may be under way in one."""
    return f"contacts_link_{state.hex[-12:]}"


async def back(house: House, params: Mapping[str, str], cookies: Mapping[str, str]) -> Back:
    """The browser is back from the provider. Whatever is wrong with it is a `slug`, and the link is over.

    Raises OwnerErased (410), Restricted (423), DatabaseDown, Overloaded (503).
    """
    found = sealed_states.open_(house.keyring, "state", params.get("state", ""))
    if found is None:
        return Back("link-refused")
    owner, state = found
    told = await edge.write(house, owner, _WHO, _take, state, params, cookies.get(cookie(state)))
    if isinstance(told, Back):
        return told
    linked = await link_results.link(house, owner, told, params)
    if isinstance(linked, Account):
        return Back(return_url=told.return_url, account=linked.id)
    return Back(linked.slug, told.return_url)


async def finish(house: House, owner: OwnerId, ticket: str) -> Account:
    """Link what came back, for the app that was handed the ticket: it acts for the owner who began.

    Raises LinkRefused (409), ScopesNotGranted, ConsentRequired (403), Unavailable (503).
    """
    found = sealed_states.open_(house.keyring, "ticket", ticket)
    if found is None:
        raise LinkRefused
    # Another owner's link is over too: its ticket went astray.
    taken = await edge.write(house, found[0], _WHO, _take_up, found[1], ticket)
    if taken is None or found[0] != owner:
        raise LinkRefused
    pending, code = taken
    linked = await link_results.link(house, owner, pending, {"code": code})
    if isinstance(linked, Account):
        return linked
    raise linked.problem


async def _room(ctx: Context, wish: Wish) -> None:
    standing = await accounts.all_(ctx.tx)
    if wish.account is not None:
        if not any((r.id, r.provider) == (wish.account, wish.provider) for r in standing):
            raise NotFound
    elif len(standing) >= MOST:
        raise TooManyAccounts(MOST)


async def _take(
    ctx: Context, state: UUID, params: Mapping[str, str], browser: str | None
) -> Pending | Back:
    """The link, used up, to go on with here; or what became of it."""
    row = await oauth_states.lock(ctx.tx, state)
    if row is None or row.code is not None or ctx.now >= row.expires_at:
        # A code is here already: this is a replay, which ends the link.
        await oauth_states.remove(ctx.tx, state)
        return Back("link-refused")
    pending = _open(ctx.key, state, row.sealed)
    wrong = _wrong(ctx, pending, params)
    if wrong:
        await oauth_states.remove(ctx.tx, state)
        return Back(wrong, pending.return_url)
    if browser is not None and hmac.compare_digest(_mark(browser), pending.browser):
        await oauth_states.remove(ctx.tx, state)
        return pending
    if pending.return_url is None:
        await oauth_states.remove(ctx.tx, state)
        return Back("link-refused")
    return await _await_app(ctx, state, pending, params)


def _wrong(ctx: Context, pending: Pending, params: Mapping[str, str]) -> str:
    """Why the answer is none to go on with; "" where it is one. No text of the answer is repeated."""
    app = ctx.house.settings.providers[pending.provider]
    iss = params.get("iss")
    if iss is not None and not oauth.is_issuer(pending.provider, app, iss):
        return "link-refused"
    if params.get("error") == "access_denied":
        return "access-denied"
    return "" if params.get("code") and "error" not in params else "provider-refused"


async def _await_app(
    ctx: Context, state: UUID, pending: Pending, params: Mapping[str, str]
) -> Back:
    ticket = sealed_states.seal(ctx.house.keyring, "ticket", ctx.owner, state)
    granted = params.get("granted_scopes") or params.get("scope") or ""
    waiting = msgspec.structs.replace(pending, ticket=_mark(ticket), granted=granted)
    code = ctx.key.seal(_KIND, state.bytes + b"code", 0, params["code"].encode())
    await oauth_states.put_code(ctx.tx, state, _seal(ctx.key, state, waiting), code)
    return Back(return_url=pending.return_url, ticket=ticket)


async def _take_up(ctx: Context, state: UUID, ticket: str) -> tuple[Pending, str] | None:
    row = await oauth_states.lock(ctx.tx, state)
    if row is None or row.code is None:
        return None
    await oauth_states.remove(ctx.tx, state)
    pending = _open(ctx.key, state, row.sealed)
    if ctx.now >= row.expires_at or not hmac.compare_digest(_mark(ticket), pending.ticket):
        return None
    return pending, ctx.key.open(_KIND, state.bytes + b"code", 0, row.code).decode()


def _mark(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _seal(key: DataKey, state: UUID, pending: Pending) -> bytes:
    return key.seal(_KIND, state.bytes, 0, msgspec.msgpack.encode(pending))


def _open(key: DataKey, state: UUID, sealed: bytes) -> Pending:
    return msgspec.msgpack.decode(key.open(_KIND, state.bytes, 0, sealed), type=Pending)
