"""Signing in and out: a bearer token, or the one-time code of `--demo`, exchanged for a cookie no script can read."""

import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.endpoints.web import forms, render
from contact_service.endpoints.web.sessions import Sessions
from contact_service.endpoints.web.visitor import COOKIE
from contact_service.model.problem import Problem, Unauthenticated
from contact_service.vault.access import Verifier

PATH = "/app/"


class Entry:
    """The two doors of POST /app/session, and the way out."""

    def __init__(self, verifier: Verifier, sessions: Sessions, *, secure: bool) -> None:
        """`secure`: browsers reach this by https even where a proxy passes it on as http."""
        self._verifier = verifier
        self._sessions = sessions
        self._secure = secure

    async def enter(self, request: Request) -> Response:
        """POST /app/session: `token` or `code` in a form; 303 to the list with the cookie, else the page again."""
        try:
            fields = await forms.read(request)
            cookie = self._exchange(fields)
        except Unauthenticated as problem:
            return render.sign_in(takes_codes=self._sessions.takes_codes, refused=problem.detail)
        except Problem as problem:
            return render.problem(problem)
        self._sessions.close(request.cookies.get(COOKIE, ""))
        answer = _to_list()
        answer.set_cookie(
            COOKIE,
            cookie,
            path=PATH,
            secure=self._secure or request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    async def leave(self, request: Request) -> Response:
        """POST /app/session/end: the session is over, here and in the browser."""
        self._sessions.close(request.cookies.get(COOKIE, ""))
        answer = _to_list()
        answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
        return answer

    def _exchange(self, fields: dict[str, str]) -> str:
        if "code" in fields:
            cookie = self._sessions.exchange(fields["code"])
            if cookie is None:
                raise Unauthenticated("This link was used before, or has expired.")
            return cookie
        claims = self._verifier.verify(fields.get("token", "").strip(), time.time())
        if "contacts.read" not in claims.scopes:
            raise Unauthenticated("The token lacks the scope contacts.read.")
        return self._sessions.open(claims.owner, claims.scopes, claims.expires_at)


def _to_list() -> RedirectResponse:
    return RedirectResponse(PATH, 303, headers={"Cache-Control": "no-store"})
