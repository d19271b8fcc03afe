"""Accounts at providers: connected here, read again, unlinked. Whoever connects says yes to it on this page first."""

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import account_list, consent, linking, runs, unlink
from contact_service.actions.account_list import Linked
from contact_service.actions.context import Context
from contact_service.actions.linking import Wish
from contact_service.endpoints import link_cookie, origin
from contact_service.endpoints.web import forms, pages, shelf
from contact_service.endpoints.web.visitor import Visitor
from contact_service.model import account, ids
from contact_service.model.account import State
from contact_service.model.consent import Purpose
from contact_service.model.import_run import Import
from contact_service.model.imports import Kind
from contact_service.model.problem import MissingScope, NotFound, Unprocessable

NAMES = {"google": "Google", "microsoft": "Microsoft", "facebook": "Facebook", "x": "X"}
_RUNS = 100


class Shown(msgspec.Struct, frozen=True):
    """An account and its newest import."""

    linked: Linked
    newest: Import | None

    @property
    def connected(self) -> bool:
        """Whether it can be read."""
        return self.linked.account.state is State.CONNECTED


async def page(visitor: Visitor, request: Request) -> Response:
    """GET /app/accounts: what is connected, and what may be."""
    _may(visitor)
    shown = await visitor.read(_shown)
    offered = linking.offered(visitor.house)
    return await _beside_the_list(
        visitor, "accounts", accounts=shown, offered=offered, names=NAMES, begun=None
    )


async def connect(visitor: Visitor, request: Request) -> Response:
    """POST /app/accounts/{provider}/connect: what was agreed to is recorded; the page leads on to the provider."""
    _may(visitor)
    provider = request.path_params["provider"]
    if provider not in NAMES:
        raise NotFound
    if "agree" not in await forms.read(request):
        raise Unprocessable("Say first that your contacts there may be read and kept here.")
    base = origin.of(visitor.house, request.scope)
    policy = visitor.house.settings.policy_version
    for purpose in (Purpose.STORE, account.purpose(provider)):
        await visitor.write(consent.grant, purpose, policy, "web")
    begun = await visitor.write(linking.begin, Wish(provider), base + link_cookie.CALLBACK)
    # A link, not a redirect: the page's policy lets no form lead to another site.
    answer = await _beside_the_list(
        visitor, "accounts", accounts=[], offered=[provider], names=NAMES, begun=begun
    )
    answer.headers["Set-Cookie"] = link_cookie.spelled(begun, base)
    return answer


async def read(visitor: Visitor, request: Request) -> Response:
    """POST /app/accounts/{id}/read: an import of it begins; back to the list."""
    _may(visitor)
    await visitor.write(_read, request.path_params["id"])
    return RedirectResponse("/app/accounts", 303)


async def remove(visitor: Visitor, request: Request) -> Response:
    """POST /app/accounts/{id}/unlink: `keep` what it brought, or not; back to the list."""
    _may(visitor)
    keep = (await forms.read(request)).get("contacts") != "remove"
    await visitor.write(unlink.remove, ids.card_id(request.path_params["id"]), keep=keep)
    return RedirectResponse("/app/accounts", 303)


async def _shown(ctx: Context) -> list[Shown]:
    newest = {run.account: run for run in reversed(await runs.listed(ctx, runs.NEWEST, _RUNS))}
    return [Shown(one, newest.get(one.account.id)) for one in await account_list.listed(ctx)]


async def _read(ctx: Context, text: str) -> None:
    found = await account_list.one(ctx, ids.card_id(text))
    await runs.begin_account(ctx, found.account.id, Kind(found.account.provider))


def _may(visitor: Visitor) -> None:
    if "imports" not in visitor.session.scopes:
        raise MissingScope("imports")


async def _beside_the_list(visitor: Visitor, pane: str, **values: object) -> Response:
    head = await visitor.head()
    _, roster = await visitor.book(head)
    everyone = shelf.of(roster, {}, {})
    return await pages.whole(visitor, head, everyone, everyone.section(0), pane=pane, **values)
