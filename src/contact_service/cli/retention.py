"""`contacts retention run`: what is past its time goes now; else the worker sees to it every night."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from contact_service.actions import matrix_accounts, private_retention, retention, spent_retention
from contact_service.actions.context import House
from contact_service.actions.retention import Tidied
from contact_service.cli import options, tally
from contact_service.settings.environment import Settings
from contact_service.storage import walk
from contact_service.storage.retention import Counts
from contact_service.wiring import house as houses

PAGE = 200
"""Owners between two moves of the bar."""


def run(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Let go of what is past its time: history, trash, tombstones, kept answers, unused photos and links."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    done = asyncio.run(_run(settings, dry=dry_run, quiet=as_json))
    gone = msgspec.structs.asdict(done.gone)
    if as_json:
        told = {"dryRun": dry_run, "owners": done.owners, "skipped": done.skipped, "gone": gone}
        typer.echo(json.dumps(told))
        return
    counts = ", ".join(f"{kind} {n}" for kind, n in gone.items())
    typer.echo(f"{'would go' if dry_run else 'gone'}: {counts}")
    typer.echo(f"of {done.owners} owners" + (f", {done.skipped} busy" if done.skipped else ""))


async def _run(settings: Settings, *, dry: bool, quiet: bool) -> Tidied:
    async with houses.attached(settings) as house:
        now = datetime.now(UTC)
        with tally.bar(None, quiet=quiet) as moved:
            done = await _all(house, now, moved, dry=dry)
        if not dry:
            await spent_retention.shared(house, now)
            await matrix_accounts.let_go(house, now)
            await private_retention.tidy(house, now)
        return done


async def _all(house: House, now: datetime, moved: tally.Moved, *, dry: bool) -> Tidied:
    after, owners, skipped, gone = walk.START, 0, 0, Counts()
    while True:
        part = await retention.page(house, after, PAGE, now, dry=dry)
        if part.last is None:
            return Tidied(None, owners, skipped, gone)
        after, gone = part.last, gone + part.gone
        owners, skipped = owners + part.owners, skipped + part.skipped
        moved(owners)
