"""The web app's door: policy headers on every answer, and no request that another site's page sent.

There is no token in the HTML: Sec-Fetch-Site tells where a request comes from, else Origin against Host; the cookie is
SameSite=Strict besides.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Wraps the web app's routes."""

    def __init__(self, app: ASGIApp, public_url: str | None) -> None:
        """`public_url` is what browsers call this service behind a proxy that rewrites Host."""
        self._app = app
        self._public = urlsplit(public_url).netloc if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        app = self._app
        if self._foreign(scope["method"], Headers(scope=scope)):
            app = PlainTextResponse("This request came from another site.\n", 403)
        await app(scope, receive, with_policy)

    def _foreign(self, method: str, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if method in _SAFE:
            # A link on another site may lead here (without the strict cookie); its scripts and frames may not look.
            return site == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
        if site is not None:
            return site not in {"same-origin", "none"}
        origin = headers.get("origin")
        # Neither header: no browser of the last years, so nobody whose cookie could be abused.
        return origin is not None and urlsplit(origin).netloc not in {
            headers.get("host"),
            self._public,
        }
