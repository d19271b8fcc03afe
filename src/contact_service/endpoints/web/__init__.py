"""The web app: a first look at one's own address book, rendered here over the same actions as the API."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from contact_service.actions.context import House
from contact_service.endpoints.web import (
    accounts,
    assets,
    devices,
    groups,
    history,
    pages,
    pictures,
    trash,
    visitor,
)
from contact_service.endpoints.web.entry import Entry
from contact_service.endpoints.web.guard import Guard
from contact_service.endpoints.web.roster import Rosters
from contact_service.endpoints.web.sessions import Sessions
from contact_service.endpoints.web.visitor import Endpoint, Page
from contact_service.vault.access import Verifier

_PAGES: tuple[tuple[str, str, Page], ...] = (
    ("GET", "/", pages.home),
    ("GET", "/rows", pages.rows),
    ("GET", "/contacts/{id}", pages.contact),
    ("GET", "/contacts/{id}/card", pages.card),
    ("GET", "/contacts/{id}/photo", pictures.show),
    ("POST", "/contacts/{id}/photo", pictures.choose),
    ("POST", "/contacts/{id}/photo/remove", pictures.remove),
    ("POST", "/contacts/{id}/groups", groups.of_contact),
    ("GET", "/contacts/{id}/history", history.page),
    ("GET", "/contacts/{id}/history/{revision}", history.revision),
    ("POST", "/contacts/{id}/restore", history.restore),
    ("POST", "/contacts/{id}/delete", trash.delete),
    ("GET", "/groups", groups.page),
    ("POST", "/groups", groups.make),
    ("GET", "/groups/{id}", groups.group),
    ("POST", "/groups/{id}", groups.rename),
    ("POST", "/groups/{id}/delete", groups.delete),
    ("POST", "/groups/{id}/find", groups.find),
    ("POST", "/groups/{id}/members", groups.members),
    ("GET", "/devices", devices.page),
    ("POST", "/devices", devices.add),
    ("POST", "/devices/{id}/revoke", devices.revoke),
    ("GET", "/accounts", accounts.page),
    ("POST", "/accounts/{provider}/connect", accounts.connect),
    ("POST", "/accounts/{id}/read", accounts.read),
    ("POST", "/accounts/{id}/unlink", accounts.remove),
    ("GET", "/trash", trash.page),
    ("POST", "/trash/{id}/restore", trash.restore),
    ("POST", "/trash/{id}/wipe", trash.wipe),
    ("POST", "/search", pages.search),
    ("POST", "/search/rows", pages.found),
)


def routes(house: House, verifier: Verifier, sessions: Sessions) -> list[BaseRoute]:
    """Everything under /app/, guarded; `sessions` is where `--demo` gets its code from."""
    public = house.settings.public_url
    entry = Entry(verifier, sessions, secure=bool(public and public.startswith("https:")))
    rosters = Rosters()

    def behind(page: Page) -> Endpoint:
        return visitor.behind_sign_in(house, rosters, sessions, page)

    inside: list[BaseRoute] = [
        Route("/session", entry.enter, methods=["POST"]),
        Route("/session", _home, methods=["GET"]),
        Route("/session/end", entry.leave, methods=["POST"]),
        Route("/search", _home, methods=["GET"]),
        Route("/static/{name}", assets.serve, methods=["GET"]),
        *(Route(path, behind(page), methods=[method]) for method, path, page in _PAGES),
    ]
    return [
        Route("/app", _home, methods=["GET"]),
        Mount("/app", routes=inside, middleware=[Middleware(Guard, public_url=public)]),
    ]


async def _home(request: Request) -> Response:
    """GET /app, /app/session, /app/search: where one lands without a slash, or by reloading after a form."""
    return RedirectResponse("/app/", 303)


__all__ = ["Sessions", "routes"]
