"""`contacts export`: an owner's book as vCards (untouched ones byte for byte as received) or as JSContact lines.

Photos are in it: as they came in a vCard, as `data:` URIs in JSContact.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from contact_service.actions import edge, photos
from contact_service.actions.context import Context
from contact_service.cli import options
from contact_service.cli.access import REQUEST
from contact_service.cli.exits import WrongUse
from contact_service.formats import vcard
from contact_service.model import ids
from contact_service.model.card import Card
from contact_service.model.ids import CardId, OwnerId
from contact_service.settings.environment import Settings
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards
from contact_service.wiring import house as houses

Form = Callable[[Context, Iterable[Card]], AsyncIterator[bytes]]


def _vcards(ctx: Context, some: Iterable[Card]) -> AsyncIterator[bytes]:
    return photos.wholes(ctx.tx, ctx.key, map(vcard.write, some))


async def _objects(ctx: Context, some: Iterable[Card]) -> AsyncIterator[bytes]:
    for card in some:
        yield await photos.told(ctx.tx, ctx.key, card.json) + b"\n"


_FORMATS: dict[str, Form] = {"vcard": _vcards, "jscontact": _objects}


def export(
    owner: options.Owner,
    form: Annotated[
        str, typer.Option("--format", help="vcard, or jscontact: a JSON object a line.")
    ] = "vcard",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Unset or - is stdout.")
    ] = None,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Write an owner's contacts to a file or to stdout."""
    settings, who = (
        options.settings(data_dir=data_dir, database_url=database_url),
        ids.owner_id(owner),
    )
    if form not in _FORMATS:
        raise WrongUse(f"--format is one of {', '.join(_FORMATS)}.")
    with _open(output) as stream:
        asyncio.run(_export(settings, who, _FORMATS[form], stream))


async def _export(settings: Settings, owner: OwnerId, form: Form, stream: BinaryIO) -> None:
    async with houses.attached(settings) as house:
        await edge.read(house, owner, REQUEST, _written, form, stream)


async def _written(ctx: Context, form: Form, stream: BinaryIO) -> None:
    """In the order of the last change, which is that of the file for a book imported from one."""
    async for rows in cards.feed(ctx.tx, 0):
        opened = (
            sealed_cards.open_(ctx.key, CardId(row.card), row.rev, row.sealed)
            for row in rows
            if row.sealed is not None
        )
        async for each in form(ctx, opened):
            stream.write(each)


def _open(output: str | None) -> AbstractContextManager[BinaryIO]:
    if output is None or output == "-":
        return nullcontext(sys.stdout.buffer)
    try:
        return Path(output).open("wb")
    except OSError as error:
        raise WrongUse(f"{output}: {(error.strerror or 'cannot be written').lower()}.") from None
