"""`contacts import`: a file of any kind into an owner's book, by the same run as over HTTP; or a device's upload."""

import asyncio
import json
from typing import Annotated, BinaryIO, cast

import typer

from contact_service.actions.runs import Asked
from contact_service.cli import device_import, exits, file_import, inputs, options, tally
from contact_service.cli.exits import WrongUse
from contact_service.cli.file_import import Ended
from contact_service.formats import files
from contact_service.formats.upload import KINDS, Source, View
from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.model.problem import ConsentRequired, UnsupportedFormat
from contact_service.settings.environment import Settings


def import_(  # noqa: PLR0913 - a command's options, each of them a word of the API
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; - is stdin.")],
    *,
    owner: options.Owner,
    region: options.Region = None,
    charset: Annotated[
        str | None, typer.Option("--charset", help="How its text is encoded, if guessed wrong.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only tell what would change; keep nothing.")
    ] = False,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="A device's vCards: ios, android, sim, other. [other]"),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="The device they come from, as the app names it.")
    ] = None,
    view: Annotated[
        str | None,
        typer.Option("--view", help="full: what the device no longer has goes. [partial]"),
    ] = None,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """Import a file: vCard, CSV, LDIF, archives, ZIP; importing it again changes nothing."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    asked = Asked(_region(region), charset)
    source = _source(kind, device, view, asked.region)
    seen = cast("View", _one_of("--view", view or "partial", ("full", "partial")))
    who = ids.owner_id(owner)
    stream, size = inputs.opened(file)
    try:
        with stream:
            if source is not None:
                return _device(settings, who, (stream, size), (source, seen), as_json=as_json)
            return _file(settings, who, (stream, size), asked, preview=preview, as_json=as_json)
    except ConsentRequired:
        line = exits.how_to_consent(owner, options.repeated(data_dir, database_url))
        exits.say(f"consent-required: {owner} has not consented to `store`. Record it with: {line}")
        return exits.NO_CONSENT


def _source(
    kind: str | None, device: str | None, view: str | None, region: str | None
) -> Source | None:
    """The device that is uploaded; None: it is a file that somebody has."""
    if kind is None and device is None and view is None:
        return None
    known = _one_of("--kind", kind or "other", KINDS)
    return Source(known, device or "", region)  # type: ignore[arg-type]  # checked there


def _device(
    settings: Settings,
    who: OwnerId,
    what: tuple[BinaryIO, int | None],
    how: tuple[Source, View],
    *,
    as_json: bool,
) -> int:
    stream, size = what
    try:
        with tally.bar(size, quiet=as_json) as moved:
            batches = device_import.batches(stream, *how, moved)
            done = asyncio.run(device_import.keep(settings, who, batches))
    except UnsupportedFormat as error:
        exits.say(f"{error.slug}: this is no vCard file; only those come from a device.")
        return exits.WRONG_USE
    if as_json:
        typer.echo(json.dumps(done.shown()))
        return exits.DONE
    for each in done.rejected:
        typer.echo(f"rejected: record {each.index + 1}, line {each.line}: {each.reason}")
    typer.echo(done.line())
    return exits.DONE


def _file(
    settings: Settings,
    who: OwnerId,
    what: tuple[BinaryIO, int | None],
    asked: Asked,
    *,
    preview: bool,
    as_json: bool,
) -> int:
    stream, _ = what
    if stream.seekable():
        files.detect(stream, asked.charset)  # what it is not is told before anything is kept
        stream.seek(0)
    with tally.bar(100, quiet=as_json) as moved:
        done = asyncio.run(
            file_import.run(settings, who, stream, asked, preview=preview, moved=moved)
        )
    _tell(done, as_json=as_json)
    return exits.DONE if done.run.details.fault is None else exits.FAILED


def _tell(done: Ended, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(done.shown()))
        return
    for each in done.rejects:
        typer.echo(f"rejected: record {each.index + 1}, line {each.line}: {each.reason}")
    if done.run.details.fault is not None:
        exits.say(f"the import failed: {done.run.details.fault}.")
    typer.echo(done.line())


def _one_of(option: str, given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise WrongUse(f"{option} is one of {', '.join(known)}.")
    return given


def _region(given: str | None) -> str | None:
    if given is not None and not (len(given) == 2 and given.isascii() and given.isalpha()):
        raise WrongUse("--region is an ISO 3166 code such as US.")
    return given.upper() if given else None
