"""A Matrix homeserver as far as identity servers see it: OpenID tokens, and who they were given to."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

USERINFO = "/_matrix/federation/v1/openid/userinfo"


class Homeserver:
    """Tokens are given out by `token`; `broken`, while set, is what is answered instead. `asked` counts."""

    def __init__(self) -> None:
        self.url = ""
        self.asked = 0
        self.broken: Response | None = None
        self._given: dict[str, str] = {}
        self.app = Starlette(routes=[Route(USERINFO, self._userinfo)])

    def token(self, sub: str) -> str:
        token = f"openid {len(self._given)}+&=?"
        self._given[token] = sub
        return token

    async def _userinfo(self, request: Request) -> Response:
        self.asked += 1
        if self.broken is not None:
            return self.broken
        sub = self._given.get(request.query_params.get("access_token", ""))
        if sub is None:
            told = {"errcode": "M_UNKNOWN_TOKEN", "error": "Access token unknown or expired"}
            return JSONResponse(told, 401)
        return JSONResponse({"sub": sub})


class _Server(uvicorn.Server):
    """Leaves signals to the test run."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Homeserver]:
    """One on a free port of this machine."""
    made = Homeserver()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        made.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        config = uvicorn.Config(made.app, log_config=None, lifespan="off", ws="none")
        server = _Server(config)
        running = asyncio.create_task(server.serve([bound]))
        yield made
        server.should_exit = True
        await running
