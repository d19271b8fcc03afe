"""`contacts export`: an owner's book as vCards (untouched ones byte for byte as received), as JSContact lines, or as
the CSV of another program.

Photos are in it but for CSV: as they came in a vCard, as `data:` URIs in JSContact.
"""

import asyncio
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from contact_service.actions import edge, exporting
from contact_service.actions.exporting import FORMS, Form
from contact_service.cli import options
from contact_service.cli.access import REQUEST
from contact_service.cli.exits import WrongUse
from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses


def export(
    owner: options.Owner,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="vcard (each as it came), jscontact (an object a line), vcard3, vcard4, google-csv, outlook-csv.",
        ),
    ] = "vcard",
    group: Annotated[
        str | None, typer.Option("--group", help="Only its members: a group's id, or a keyword.")
    ] = None,
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
    if form not in FORMS:
        raise WrongUse(f"--format is one of {', '.join(FORMS)}.")
    with _open(output) as stream:
        asyncio.run(_export(settings, who, FORMS[form], group, stream))


async def _export(
    settings: Settings, owner: OwnerId, form: Form, group: str | None, stream: BinaryIO
) -> None:
    """In the order of the last change, which is that of the file for a book imported from one."""
    async with houses.attached(settings) as house:
        only = None
        if group is not None:
            only = await exporting.chosen(house, await edge.head(house, owner), group)
        async for part in exporting.parts(house, owner, REQUEST, form, only):
            stream.write(part)


def _open(output: str | None) -> AbstractContextManager[BinaryIO]:
    if output is None or output == "-":
        return nullcontext(sys.stdout.buffer)
    try:
        return Path(output).open("wb")
    except OSError as error:
        raise WrongUse(f"{output}: {(error.strerror or 'cannot be written').lower()}.") from None
