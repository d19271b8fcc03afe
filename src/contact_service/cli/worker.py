"""`contacts worker`: background work in a process of its own, beside `serve --no-worker` or beside others."""

import typer

from contact_service.cli import options
from contact_service.wiring import working


def worker(*, data_dir: options.DataDir = None, database_url: options.DatabaseUrl = None) -> None:
    """Do background work until told to stop; prints one line when it is ready."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    working.run(settings, _ready)


def _ready() -> None:
    typer.echo("contacts: the worker is ready")
