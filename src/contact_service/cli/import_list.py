"""`contacts imports`: what an owner imported, ended or taken back from a terminal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
import typer

from contact_service.actions import edge, runs, undoing
from contact_service.actions.context import House
from contact_service.cli import options
from contact_service.cli.access import REQUEST
from contact_service.cli.exits import DONE
from contact_service.model import ids, import_run
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Import
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

T = TypeVar("T")
_MOST = 1_000
Id = Annotated[str, typer.Argument(metavar="ID", help="The import, as `imports list` names it.")]


def list_(
    *,
    owner: options.Owner,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """List an owner's imports, the newest first."""

    async def asked(house: House, who: OwnerId) -> list[Import]:
        return await edge.read(house, who, REQUEST, runs.listed, runs.NEWEST, _MOST)

    settings = options.settings(data_dir=data_dir, database_url=database_url)
    for run in asyncio.run(_with(settings, ids.owner_id(owner), asked)):
        _tell(run, as_json=as_json)
    return DONE


def cancel(
    id_: Id,
    *,
    owner: options.Owner,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """End an import now; what it brought stays."""

    async def asked(house: House, who: OwnerId) -> Import:
        return await edge.write(house, who, REQUEST, runs.cancel, import_run.id_(id_))

    settings = options.settings(data_dir=data_dir, database_url=database_url)
    _tell(asyncio.run(_with(settings, ids.owner_id(owner), asked)), as_json=as_json)
    return DONE


def undo(
    id_: Id,
    *,
    owner: options.Owner,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """Take an import back; later edits stay."""

    async def asked(house: House, who: OwnerId) -> Import:
        run: UUID = import_run.id_(id_)
        await edge.write(house, who, REQUEST, undoing.begin, run)
        await undoing.carry(house, who, REQUEST, run)
        return await edge.read(house, who, REQUEST, runs.get, run)

    settings = options.settings(data_dir=data_dir, database_url=database_url)
    _tell(asyncio.run(_with(settings, ids.owner_id(owner), asked)), as_json=as_json)
    return DONE


async def _with(
    settings: Settings, owner: OwnerId, asked: Callable[[House, OwnerId], Awaitable[T]]
) -> T:
    async with houses.attached(settings) as house:
        return await asked(house, owner)


def _tell(run: Import, *, as_json: bool) -> None:
    counts = msgspec.structs.asdict(run.counts)
    if as_json:
        told = {"id": str(run.id), "source": run.kind.value, "state": run.state.value, **counts}
        typer.echo(json.dumps(told))
        return
    line = ", ".join(f"{name} {n}" for name, n in counts.items())
    typer.echo(f"{run.id} {run.kind} {run.state}: {line}")
