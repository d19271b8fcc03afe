"""`contacts serve`: all that is needed from an empty folder; and `contacts demo`, the same with a book to look at."""

import contextlib
import socket
import time
from functools import partial
from typing import Annotated

import typer

from contact_service.cli import access, options
from contact_service.cli import demo as demonstration
from contact_service.cli.demo import providers
from contact_service.cli.exits import WrongUse
from contact_service.settings.environment import Settings
from contact_service.wiring import hosting, keys, listening
from contact_service.wiring import serving as answering
from contact_service.wiring.app import App

Host = Annotated[
    str | None, typer.Option("--host", help="Address to listen on. [CONTACT_HOST: 127.0.0.1]")
]
Port = Annotated[
    int | None,
    typer.Option("--port", help="Port to listen on, 0 takes a free one. [CONTACT_PORT: 8080]"),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", help="Processes that answer requests. [CONTACT_WORKERS: 1]"),
]
Worker = Annotated[
    bool,
    typer.Option(
        "--worker/--no-worker",
        help="Whether background work is done here too; else by `contacts worker`. [CONTACT_JOBS: on]",
    ),
]
Drain = Annotated[
    float,
    typer.Option(
        "--drain",
        min=0,
        max=600,
        help="Seconds to serve on after SIGTERM while /readyz says 503.",
    ),
]
_DEMO_TTL_S = 12 * 3600


def serve(  # noqa: PLR0913 - an argument for each option
    *,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    worker: Worker = True,
    drain: Drain = answering.DRAIN_S,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    with_demo: Annotated[
        bool, typer.Option("--demo", help="With a demo owner, and a code to look at the book.")
    ] = False,
) -> None:
    """Run the service; prints one line with its address when it is ready."""
    settings = options.settings(
        host=host,
        port=port,
        workers=workers,
        jobs=None if worker else "off",
        data_dir=data_dir,
        database_url=database_url,
    )
    if with_demo and settings.workers > 1:
        raise WrongUse("--demo runs with one worker: its code is known to one process.")
    bound = listening.bind(settings.host, settings.port)
    lines = _with_demo if with_demo else _address
    hosting.run(settings, bound, partial(lines, settings, bound), drain)


def demo(
    *,
    host: Host = None,
    port: Port = None,
    drain: Drain = answering.DRAIN_S,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    with_providers: Annotated[
        bool,
        typer.Option(
            "--with-providers", help="With emulated Google, Microsoft and others to import from."
        ),
    ] = False,
) -> None:
    """Run the service with a demo owner: `serve --demo`."""
    with contextlib.ExitStack() as beside:
        if with_providers:
            hosting.say([f"emulated providers: {beside.enter_context(providers.running())}"])
        serve(
            host=host,
            port=port,
            workers=1,
            drain=drain,
            data_dir=data_dir,
            database_url=database_url,
            with_demo=True,
        )


async def _address(settings: Settings, bound: socket.socket, app: App) -> list[str]:
    del app
    return [
        f"contacts: {listening.url(bound, settings.host)}/app/  (a token: contacts token OWNER)"
    ]


async def _with_demo(settings: Settings, bound: socket.socket, app: App) -> list[str]:
    """The address with a one-time code, a token and a first request."""
    owner = await demonstration.prepare(app.house)
    url = listening.url(bound, settings.host)
    lines = [f"contacts: {url}/app/#code={app.sessions.issue_code(owner)}"]
    if settings.jwt_issuer is None:
        token = keys.issuer(settings).mint(owner, access.OWNERS_OWN, _DEMO_TTL_S, time.time())
        lines += [
            f"token of {owner}, for 12 hours: {token}",
            f"try: curl -H 'Authorization: Bearer {token}' '{url}/v1/contacts?limit=2'",
        ]
    return lines
