"""Linked accounts: the way to the provider and back, what is linked, unlinking. Never a token in an answer."""

from collections.abc import Mapping
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Annotated
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta

from contact_service.actions import account_cost, account_list, linking, unlink
from contact_service.actions.account_list import Linked
from contact_service.actions.idempotency import Answer
from contact_service.actions.linking import Back, Wish
from contact_service.endpoints import limits, link_cookie, link_page, origin
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.model import ids
from contact_service.model.account import State
from contact_service.model.account_problem import (
    CostUnknown,
    LinkRefused,
    ProviderNotOffered,
    ScopesNotGranted,
    TooManyAccounts,
)
from contact_service.model.problem import (
    ConsentRequired,
    DatabaseDown,
    InvalidId,
    InvalidParameter,
    NotFound,
    Overloaded,
    OwnerErased,
    Problem,
    Restricted,
    Unavailable,
    Unprocessable,
)

_OPTION = Annotated[str, Meta(pattern=r"^[A-Za-z]{1,32}$")]


class Authorize(msgspec.Struct, frozen=True, rename="camel"):
    """`redirectUri`: where the browser goes in the end, one of CONTACT_OAUTH_RETURN_URLS; without it, the browser that
    ends the link must be the one that began it. `options`: `otherContacts`, `photos`. `accountId`: connect this again.
    """

    redirect_uri: Annotated[str, Meta(max_length=2000)] | None = None
    options: Annotated[dict[_OPTION, bool], Meta(max_length=10)] = {}
    account_id: UUID | None = None


class Authorization(msgspec.Struct, frozen=True, rename="camel"):
    """Send the owner's browser to `url` before `expiresAt`; it comes back with this `state`."""

    url: str
    state: str
    expires_at: datetime


class Ticket(msgspec.Struct, frozen=True):
    """What came with the browser to your `redirectUri`."""

    ticket: Annotated[str, Meta(min_length=1, max_length=500)]


class AccountShown(msgspec.Struct, frozen=True, rename="camel"):
    """A linked account. `lastImport`: when the newest whole import of it ended, null: none yet; `nextImport`: when it
    is read by itself, null: only when you begin an import.
    """

    id: UUID
    provider: str
    state: State
    scopes: list[str]
    options: dict[str, bool]
    connected_at: datetime
    last_import: datetime | None
    next_import: datetime | None


class CostShown(msgspec.Struct, frozen=True, rename="camel"):
    """So many records would be read, for so many millionths of a USD; 0 where calls are free. `covered`: the budget of
    one import is as large.
    """

    records: int
    micro_usd: int
    covered: bool


class Accounts(msgspec.Struct, frozen=True):
    """All of the owner's, oldest first."""

    accounts: list[AccountShown]


_AUTHORIZE = msgspec.json.Decoder(Authorize)
_TICKET = msgspec.json.Decoder(Ticket)


async def authorize(caller: Caller) -> Answer:
    """POST /v1/accounts/{provider}:authorize {redirectUri, options, accountId} -> where to send the owner's browser."""
    asked = bodies.read(_AUTHORIZE, caller.body or b"{}")
    provider = caller.params["provider"]
    wish = Wish(provider, asked.redirect_uri, asked.options, asked.account_id)
    base = origin.of(caller.house, caller.scope)
    begun = await caller.write(linking.begin, wish, base + link_cookie.CALLBACK)
    told = Authorization(begun.url, begun.state, begun.expires_at)
    return bodies.answer(told, headers={"Set-Cookie": link_cookie.spelled(begun, base)})


async def callback(caller: Caller) -> Answer:
    """GET /v1/accounts/callback -> a page, or on to the app: the provider sends the browser here with its answer."""
    try:
        params = {name: caller.query(name) or "" for name in _PARAMS}
        given = {name: text for name, text in params.items() if text}
        back = await linking.back(caller.house, given, _cookies(caller))
    except (OwnerErased, Restricted, InvalidParameter) as problem:
        # A person sees this: a page, whatever it is.
        back = Back(problem.slug)
    if back.return_url is None:
        return link_page.answer(back.slug)
    return Answer(303, {"Location": _on(back.return_url, back), **link_page.HEADERS}, b"")


async def finish(caller: Caller) -> Answer:
    """POST /v1/accounts:finish {ticket} -> the account, linked: for apps whose requests have no cookies."""
    sent = bodies.read(_TICKET, caller.body)
    linked = await linking.finish(caller.house, caller.owner, sent.ticket)
    return bodies.answer(_shown(await caller.read(account_list.one, linked.id)), 201)


async def page(caller: Caller) -> Answer:
    """GET /v1/accounts -> {accounts}."""
    found = await caller.read(account_list.listed)
    return bodies.answer(Accounts([_shown(one) for one in found]))


async def cost(caller: Caller) -> Answer:
    """GET /v1/accounts/{id}/cost -> what an import would cost now; to ask X is a paid call itself."""
    account = ids.card_id(caller.params["id"])
    found = await account_cost.of(caller.house, caller.owner, account)
    return bodies.answer(CostShown(found.records, found.micro_usd, found.covered))


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/accounts/{id}?contacts=keep|remove -> 204; `remove`: what only it brought goes too."""
    asked = caller.query("contacts") or "keep"
    if asked not in ("keep", "remove"):
        raise InvalidParameter("contacts", "keep or remove")
    account = ids.card_id(caller.params["id"])
    await caller.write(unlink.remove, account, keep=asked == "keep")
    return Answer(204, {}, b"")


def _on(url: str, back: Back) -> str:
    """The app's address with what became of it: `account`, `ticket`, or `error` and a slug."""
    told = {"error": back.slug, "ticket": back.ticket, "account": back.account}
    query = urlencode({name: str(value) for name, value in told.items() if value})
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def _cookies(caller: Caller) -> Mapping[str, str]:
    found: SimpleCookie = SimpleCookie()
    try:
        found.load(caller.header(b"cookie"))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items()}


def _shown(one: Linked) -> AccountShown:
    account = one.account
    return AccountShown(
        id=account.id,
        provider=account.provider,
        state=account.state,
        scopes=list(account.scopes),
        options=account.options,
        connected_at=account.connected_at,
        last_import=one.last_import,
        next_import=account.next_due,
    )


_PARAMS = {
    "state": "As it was sent.",
    "code": "The provider's code.",
    "error": "Why there is none.",
    "iss": "Who answers (RFC 9207).",
    "scope": "What was granted.",
    "granted_scopes": "What was granted, as Facebook says it.",
}
_LINK: tuple[type[Problem], ...] = (
    LinkRefused,
    ScopesNotGranted,
    ConsentRequired,
    Unavailable,
)
ROUTES = (
    Route(
        "POST",
        "/v1/accounts/{provider}:authorize",
        authorize,
        "imports",
        "imports",
        "Begin to link an account",
        {200: Authorization},
        body=Body({JSON: Authorize}, limits.JSON_BODY),
        problems=(
            ConsentRequired,
            ProviderNotOffered,
            NotFound,
            InvalidParameter,
            TooManyAccounts,
            Unprocessable,
        ),
    ),
    Route(
        "GET",
        link_cookie.CALLBACK,
        callback,
        None,
        None,
        "Where providers send the browser back to",
        {200: "text/html", 303: None, 400: "text/html"},
        query=tuple(Query(name, str, doc) for name, doc in _PARAMS.items()),
        problems=(DatabaseDown, Overloaded),
    ),
    Route(
        "POST",
        "/v1/accounts:finish",
        finish,
        "imports",
        "imports",
        "Link what came back to the app",
        {201: AccountShown},
        body=Body({JSON: Ticket}, limits.JSON_BODY),
        problems=(*_LINK, Unprocessable),
    ),
    Route(
        "GET",
        "/v1/accounts",
        page,
        "imports",
        "reads",
        "List linked accounts",
        {200: Accounts},
    ),
    Route(
        "GET",
        "/v1/accounts/{id}/cost",
        cost,
        "imports",
        "imports",
        "What an import would cost",
        {200: CostShown},
        problems=(NotFound, InvalidId, ConsentRequired, CostUnknown),
    ),
    Route(
        "DELETE",
        "/v1/accounts/{id}",
        delete,
        "imports",
        "imports",
        "Unlink an account",
        {204: None},
        query=(Query("contacts", str, "`keep` (the default) or `remove` what only it brought."),),
        problems=(NotFound, InvalidId, InvalidParameter),
    ),
)
