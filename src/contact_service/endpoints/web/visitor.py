"""Who looks at the pages: a signed-in owner, what she may see, and the one wrapper all pages are answered through."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from contact_service.actions import context, edge, match, view
from contact_service.actions.context import Context, House
from contact_service.actions.match import Found
from contact_service.actions.snapshot import Snapshot
from contact_service.endpoints import origin
from contact_service.endpoints.web import render
from contact_service.endpoints.web.roster import Roster, Rosters
from contact_service.endpoints.web.sessions import Session, Sessions
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import CardId, OwnerId
from contact_service.model.owner import Head
from contact_service.model.problem import MissingScope, Problem

COOKIE = "contacts_session"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in owner in one request."""

    house: House
    rosters: Rosters
    session: Session
    request_id: str
    network: str

    @property
    def owner(self) -> OwnerId:
        """Whose book is shown."""
        return self.session.owner

    async def head(self) -> Head:
        """The owner's head."""
        return await edge.head(self.house, self.owner)

    async def book(self, head: Head) -> tuple[Snapshot, Roster]:
        """The book at `head`, and its rows."""
        book = await view.book(self.house, head)
        return book, await self.rosters.of(book, await view.groups(self.house, book))

    @property
    def may_write(self) -> bool:
        """Whether it may change contacts."""
        return "contacts.write" in self.session.scopes

    async def read(
        self,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that only reads."""
        return await edge.read(self.house, self.owner, self.request_id, story, *args, **kwargs)

    async def write(
        self,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that writes; the history says it was done here. Raises MissingScope (403)."""
        if not self.may_write:
            raise MissingScope("contacts.write")
        told = context.within(self.network, context.by("web", story))
        return await edge.write(self.house, self.owner, self.request_id, told, *args, **kwargs)

    def may_match(self, head: Head) -> bool:
        """Whether it may be shown who is on the app: the scope, and the owner's consent."""
        return "discovery" in self.session.scopes and consent.given(head.consents, Purpose.MATCH)

    async def on_app(self, head: Head, cards: Iterable[str] | None = None) -> dict[str, Found]:
        """Which contacts (of `cards`, None: of all) are users, as the gate says now; none without consent."""
        if not self.may_match(head):
            return {}
        wanted = None if cards is None else {CardId(UUID(card)) for card in cards}
        found = await edge.read(self.house, self.owner, self.request_id, match.stored, wanted)
        return {str(each.card): each for each in found}

    async def refresh(self, head: Head) -> None:
        """Match the book against who registered since, where that is due."""
        if not self.may_match(head):
            return
        if await edge.read(self.house, self.owner, self.request_id, match.due):
            told = context.within(self.network, match.refresh)
            await edge.write(self.house, self.owner, self.request_id, told)


Page = Callable[[Visitor, Request], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def behind_sign_in(house: House, rosters: Rosters, sessions: Sessions, page: Page) -> Endpoint:
    """`page` for who is signed in; the sign-in page (401) for others; a Problem as a page of its status."""

    async def answer(request: Request) -> Response:
        session = sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return render.sign_in(takes_codes=sessions.takes_codes)
        network = origin.network(request.scope)
        visitor = Visitor(house, rosters, session, request_id(request), network)
        try:
            return await page(visitor, request)
        except Problem as problem:
            return render.problem(problem)

    return answer


def request_id(request: Request) -> str:
    """The id this request is logged and audited under: the one given to it at the door, else a fresh one."""
    state = request.scope.get("state") or {}
    given = state.get("request_id") if isinstance(state, dict) else None
    return given if isinstance(given, str) else uuid4().hex
