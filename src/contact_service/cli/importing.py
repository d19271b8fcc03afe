"""`contacts import`: a vCard file into an owner's book, by the action of a device's upload, 5,000 a transaction."""

import asyncio
import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, BinaryIO, Literal, cast

import typer

from contact_service.actions import edge, upload
from contact_service.actions.context import House
from contact_service.cli import exits, inputs, options, tally, vcards
from contact_service.cli.access import REQUEST
from contact_service.cli.exits import WrongUse
from contact_service.cli.tally import Rejected, Tally
from contact_service.formats import vcard
from contact_service.formats.upload import KINDS, Batch, Item, Source, View
from contact_service.formats.vcard import Record
from contact_service.model import ids
from contact_service.model.consent import Purpose, require
from contact_service.model.ids import OwnerId
from contact_service.model.problem import ConsentRequired, UnsupportedFormat
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

AT_ONCE = 5_000
"""Records a transaction."""
Kind = Literal["ios", "android", "sim", "other"]


def import_(  # noqa: PLR0913 - a command's options, each of them a word of the API
    file: Annotated[str, typer.Argument(metavar="FILE", help="A vCard file; - is stdin.")],
    *,
    owner: options.Owner,
    region: options.Region = None,
    kind: Annotated[str, typer.Option("--kind", help="ios, android, sim, other.")] = "other",
    device: Annotated[
        str, typer.Option("--device", help="The device it comes from, as the app names it.")
    ] = "",
    view: Annotated[
        str, typer.Option("--view", help="full: what this device no longer has goes. Or partial.")
    ] = "partial",
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> int:
    """Import a vCard file (2.1, 3.0, 4.0); importing it again changes nothing."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    source = Source(_one_of("--kind", kind, KINDS), device, _region(region))  # type: ignore[arg-type]  # checked there
    seen = cast("View", _one_of("--view", view, ("full", "partial")))
    who = ids.owner_id(owner)
    stream, size = inputs.opened(file)
    try:
        with stream, tally.bar(size, quiet=as_json) as moved:
            done = asyncio.run(_import(settings, who, _batches(stream, source, seen, moved)))
    except UnsupportedFormat as error:
        exits.say(f"{error.slug}: this is no vCard file. Others cannot be read yet.")
        return exits.WRONG_USE
    except ConsentRequired:
        line = exits.how_to_consent(owner, options.repeated(data_dir, database_url))
        exits.say(f"consent-required: {owner} has not consented to `store`. Record it with: {line}")
        return exits.NO_CONSENT
    _tell(done, as_json=as_json)
    return exits.DONE


def _tell(done: Tally, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(done.shown()))
        return
    for each in done.rejected:
        typer.echo(f"rejected: record {each.index + 1}, line {each.line}: {each.reason}")
    typer.echo(done.line())


async def _import(
    settings: Settings, owner: OwnerId, batches: Iterator[tuple[Batch, dict[int, int]]]
) -> Tally:
    done = Tally()
    async with houses.attached(settings) as house:
        require((await edge.head(house, owner)).consents, Purpose.STORE)
        for batch, lines in batches:
            await _keep(house, owner, batch, lines, done)
    return done


async def _keep(
    house: House, owner: OwnerId, batch: Batch, lines: dict[int, int], done: Tally
) -> None:
    prepared = await upload.prepare(house, owner, REQUEST, batch)
    kept = await edge.write(house, owner, REQUEST, upload.apply, prepared)
    rejected = [Rejected(r.index, lines[r.index], r.reason) for r in kept.rejected]
    done.add(kept, rejected)


def _batches(
    stream: BinaryIO, source: Source, view: View, moved: tally.Moved
) -> Iterator[tuple[Batch, dict[int, int]]]:
    """Batches with the line of each record. A full view is one batch: absence from a part of it means nothing."""
    records = vcards.read(stream)
    uids: set[str] = set()
    while True:
        part = list(records if view == "full" else islice(records, AT_ONCE))
        if not part:
            return
        items = [_item(record, uids) for record, _ in part]
        yield Batch(source, view, items, is_vcard=True), {r.index: r.line for r, _ in part}
        moved(part[-1][1])


def _item(record: Record, uids: set[str]) -> Item:
    if record.raw is None:
        return Item(record.index, "", reason=record.reason)
    uid = vcard.uid(record.raw)
    # Told here as well as in the upload, which sees its own 5,000 only: the later one would else replace the first,
    # and do so anew at each import.
    if uid and uid in uids:
        return Item(record.index, uid, reason="duplicate-source-id")
    uids.add(uid)
    return Item(record.index, uid, record.raw)


def _one_of(option: str, given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise WrongUse(f"{option} is one of {', '.join(known)}.")
    return given


def _region(given: str | None) -> str | None:
    if given is not None and not (len(given) == 2 and given.isascii() and given.isalpha()):
        raise WrongUse("--region is an ISO 3166 code such as US.")
    return given.upper() if given else None
