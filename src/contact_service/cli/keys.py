"""`contacts keys`: the key epochs of the directory, and another key for one of its indexes."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from contact_service.actions import refill, rotation
from contact_service.actions.context import House
from contact_service.actions.refill import Going, IndexesDiffer
from contact_service.cli import exits, options, tally
from contact_service.cli.exits import WrongUse
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses


def list_(
    *,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Show the key epochs of the directory: which are filled, live, still readable."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    shown = asyncio.run(_list(settings))
    if as_json:
        typer.echo(json.dumps({"epochs": shown}))
        return
    for each in shown:
        typer.echo(_line(each))


def rotate(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="pepper, oprf or matrix.")],
    *,
    now: Annotated[
        bool, typer.Option("--now", help="Without the days ahead that clients are told (oprf).")
    ] = False,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """Give an index of the directory another key while all goes on; interrupted, it goes on where it was."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    try:
        wanted = Kind(kind)
    except ValueError:
        raise WrongUse("KIND is one of pepper, oprf, matrix") from None
    try:
        made = asyncio.run(_rotate(settings, wanted, quiet=as_json, at_once=now))
    except OSError as error:
        exits.say(f"the keyring cannot be written: {error.strerror}")
        return exits.FAILED
    except IndexesDiffer:
        exits.say("the new index differed from the live one and is filled anew: rotate again")
        return exits.FAILED
    typer.echo(json.dumps(made) if as_json else _line(made))
    return exits.DONE


async def _list(settings: Settings) -> list[dict[str, Any]]:
    async with houses.attached(settings) as house:
        found = await rotation.shown(house)
        return [await _told(house, each) for each in found.all]


async def _rotate(settings: Settings, kind: Kind, *, quiet: bool, at_once: bool) -> dict[str, Any]:
    async with houses.attached(settings) as house:
        began = datetime.now(UTC)
        made = await rotation.begin(house, kind, began, timedelta() if at_once else None)
        done, users = await rotation.progress(house, made)
        with tally.bar(users, quiet=quiet) as moved:
            going = Going(refill.ON.on, lambda n: moved(done + n))
            made = await rotation.go_on(house, kind, datetime.now(UTC), going) or made
        return await _told(house, made)


async def _told(house: House, epoch: Epoch) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": epoch.kind.value,
        "epoch": epoch.epoch,
        "state": epoch.state.value,
        "liveAt": epoch.live_at.isoformat() if epoch.live_at else None,
        "endsAt": epoch.ends_at.isoformat() if epoch.ends_at else None,
    }
    if epoch.kind is Kind.OPRF:
        told["bits"] = epoch.bits
    if epoch.state is State.BUILDING:
        told["filled"], told["users"] = await rotation.progress(house, epoch)
    return told


def _line(told: dict[str, Any]) -> str:
    words = [f"{told['kind']} {told['epoch']}: {told['state']}"]
    words += [f"{told['filled']} of {told['users']} users"] if "filled" in told else []
    words += [f"{told['bits']} bits"] if "bits" in told else []
    words += [f"live since {told['liveAt']}"] if told["state"] == "live" and told["liveAt"] else []
    words += [f"live from {told['liveAt']}"] if told["state"] == "building" else []
    words += [f"readable until {told['endsAt']}"] if told["endsAt"] else []
    return ", ".join(words)
