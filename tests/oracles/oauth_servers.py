"""OAuth servers of another hand (npm `emulate`), as `make oracles` installs them: Google's and Microsoft's ways."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest

from contact_service.integrations import oauth
from contact_service.integrations.oauth import Wanted
from contact_service.settings.providers import App

MODULES = Path(__file__).parents[2] / ".npm-oracles" / "node_modules"
BACK = "http://localhost:3000/back"
CLIENT, SECRET = "contact-service-oracle", "not-a-secret"
PATIENCE_S = 60.0
_FORM = re.compile(
    r'<form class="user-form" method="post" action="([^"]*)">(.*?)</form>', re.DOTALL
)
_HIDDEN = re.compile(r'name="([^"]*)" value="([^"]*)"')


def _node() -> Path:
    found = next(MODULES.glob("node-linux-*/bin/node"), None)
    if found is None:
        pytest.skip(
            "another hand's OAuth servers are not here: make oracles installs them (npm, 200 MB)"
        )
    return found


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[dict[str, App]]:
    """The servers, as this service is told of them. Skips where they are not installed."""
    node, port = _node(), _free()
    client = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "name": "Oracle",
        "redirect_uris": [BACK],
    }
    people = {
        "google": {"users": [{"email": "ann@example.com", "name": "Ann"}]},
        "microsoft": {"users": [{"email": "ann@example.org", "name": "Ann"}]},
    }
    seed = folder / "seed.json"
    seed.write_text(
        json.dumps({n: {**who, "oauth_clients": [client]} for n, who in people.items()})
    )
    line = [
        str(MODULES / "emulate" / "dist" / "index.js"),
        "start",
        "--service",
        "google,microsoft",
    ]
    line += ["--seed", str(seed), "--port", str(port)]
    program = await asyncio.create_subprocess_exec(
        str(node),
        *line,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            told = await _ready(program)
        yield _apps(told["google"], told["microsoft"])
    finally:
        program.terminate()
        await program.wait()


async def _ready(program: asyncio.subprocess.Process) -> dict[str, str]:
    assert program.stdout is not None
    told: dict[str, str] = {}
    said = b""
    while line := await program.stdout.readline():
        said += line
        if found := re.search(r"(google|microsoft)\s+(http://\S+)", line.decode()):
            told[found[1]] = found[2]
        if b"Ready" in line:
            return told
    raise AssertionError(said.decode()[-2_000:])


def _apps(google: str, microsoft: str) -> dict[str, App]:
    return {
        "google": App(
            CLIENT,
            SECRET,
            f"{google}/o/oauth2/v2/auth",
            f"{google}/oauth2/token",
            f"{google}/oauth2/revoke",
        ),
        "microsoft": App(
            CLIENT,
            SECRET,
            f"{microsoft}/oauth2/v2.0/authorize",
            f"{microsoft}/oauth2/v2.0/token",
        ),
    }


async def consented(app: App, provider: str, wanted: Wanted) -> str:
    """The code with which the browser comes back, once the person has chosen herself on the server's page."""
    async with httpx2.AsyncClient(trust_env=False) as browser:
        url = oauth.authorize_url(provider, app, wanted)
        page = (await browser.get(url)).text
        form = _FORM.search(page)
        assert form is not None, re.sub(r"(?s)<style.*?</style>", "", page)[-1_000:]
        fields = {name: unescape(value) for name, value in _HIDDEN.findall(form[2])}
        back = await browser.post(urljoin(url, form[1]), data=fields)
    there = urlsplit(back.headers["location"])
    told = parse_qs(there.query)
    assert (f"{there.scheme}://{there.netloc}{there.path}", told["state"]) == (BACK, [wanted.state])
    return told["code"][0]


def _free() -> int:
    """A port whose neighbour is free as well: the servers take one each."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                two.bind(("127.0.0.1", port + 1))
                return port
