"""`contacts doctor`, `migrate`, `version`: is this installation in order, and which is it."""

import asyncio
import json
from importlib import metadata
from platform import python_version
from typing import Annotated

import msgspec
import typer

from contact_service.cli import exits, findings, options
from contact_service.cli.findings import Finding
from contact_service.settings.environment import BadSetting, Settings
from contact_service.storage import migrate as migrations
from contact_service.wiring import database
from contact_service.wiring import house as houses

NAME = "contact-service"


def doctor(
    *,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """Check settings, database, schema, keys, clock and disk; exits 1 when something is wrong."""
    try:
        settings = options.settings(data_dir=data_dir, database_url=database_url)
    except BadSetting as error:
        found = [Finding("settings", ok=False, detail=str(error))]
    else:
        found = asyncio.run(findings.all_of(settings))
    good = all(each.ok for each in found)
    if as_json:
        checks = [msgspec.to_builtins(each) for each in found]
        typer.echo(json.dumps({"ok": good, "checks": checks}))
    else:
        for each in found:
            typer.echo(f"{'ok' if each.ok else 'FAILED':7}{each.check:12}{each.detail}")
    return exits.DONE if good else exits.FAILED


def migrate(
    *,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only name what would be applied.")
    ] = False,
) -> None:
    """Bring the database's schema up to this release."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    names = asyncio.run(_migrate(settings, dry_run=dry_run))
    if as_json:
        typer.echo(json.dumps({"pending" if dry_run else "applied": names}))
    else:
        word = "pending" if dry_run else "applied"
        typer.echo("\n".join(f"{word} {name}" for name in names) or "Nothing to do.")


async def _migrate(settings: Settings, *, dry_run: bool) -> list[str]:
    where = database.attach(settings)
    try:
        pending = await migrations.pending(where.direct)
        if not dry_run:
            # The whole opening, not the files alone: unsafe servers are refused, and the keyring comes first.
            house = await houses.open_(settings, where)
            await house.db.close()
    finally:
        where.stop()
    return pending


def version(*, as_json: options.Json = False) -> None:
    """Print which release this is."""
    release = metadata.version(NAME)
    if as_json:
        typer.echo(json.dumps({"version": release, "python": python_version()}))
    else:
        typer.echo(f"{NAME} {release} (Python {python_version()})")
