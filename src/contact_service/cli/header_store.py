"""`contacts directory pull`: read the Header Store now, some of its users, or let go of whom it no longer tells of."""

import asyncio
import json
from typing import Annotated

import typer

from contact_service.actions import header_store
from contact_service.actions.header_store import Next
from contact_service.cli import exits, options
from contact_service.cli.exits import WrongUse
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.model import ids
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

_STEPS = 100_000
_MOST = 500
_TOLD = {
    Next.DONE: "The directory is as the Header Store.",
    Next.HELD: "Held: most users are no longer told of. If that is so: contacts directory pull --confirm-removals",
    Next.MORE: "There is more: it is read on by the workers, or by this command.",
}


def pull(
    *,
    user: Annotated[list[str] | None, typer.Option(help="Only this user; several times.")] = None,
    confirm_removals: Annotated[
        bool, typer.Option("--confirm-removals", help="Users not told of any more go.")
    ] = False,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """Read the Header Store into the directory now."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    if settings.neighbours.header_store_url is None:
        raise WrongUse("No Header Store is named: set CONTACT_HEADER_STORE_URL.")
    if user and len(user) > _MOST:
        raise WrongUse(f"At most {_MOST} users at once.")
    try:
        told = asyncio.run(_pull(settings, user or [], confirm=confirm_removals))
    except NeighbourAway as error:
        told = {"failed": error.slug}
    typer.echo(json.dumps(told) if as_json else _line(told))
    return exits.FAILED if "failed" in told else exits.DONE


async def _pull(settings: Settings, users: list[str], *, confirm: bool) -> dict[str, str | int]:
    async with houses.attached(settings) as house:
        if users:
            return {"known": await header_store.refresh(house, [ids.user_id(u) for u in users])}
        if confirm:
            await header_store.confirm(house)
        return {"reached": (await header_store.read(house, _STEPS)).value}


def _line(told: dict[str, str | int]) -> str:
    if "failed" in told:
        return f"The Header Store gave no usable answer: {told['failed']}."
    if "known" in told:
        return f"{told['known']} known to the Header Store."
    return _TOLD[Next(told["reached"])]
