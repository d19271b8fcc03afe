"""`contacts db restored`: to be run once after the database was restored from a backup."""

import asyncio
import json
import sys
from typing import Annotated

import typer

from contact_service.actions import restored as restoring
from contact_service.cli import options, tally
from contact_service.cli.exits import WrongUse
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

_ASKED = "Every device of every owner will sync from the start. Was the database restored?"


def restored(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """After a restore from a backup: refuse the sync tokens and etags from before it."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    if not yes:
        if not sys.stdin.isatty():
            raise WrongUse("Nobody is there to be asked: say --yes.")
        typer.confirm(_ASKED, abort=True, err=True)
    owners = asyncio.run(_renew(settings, quiet=as_json))
    if as_json:
        typer.echo(json.dumps({"owners": owners}))
    else:
        typer.echo(f"{owners} owners have a new epoch: older tokens and etags are refused.")


async def _renew(settings: Settings, *, quiet: bool) -> int:
    done = 0
    async with houses.attached(settings) as house:
        with tally.bar(None, quiet=quiet) as moved:
            async for done in restoring.renew(house):
                moved(done)
    return done
