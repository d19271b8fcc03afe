"""A device's vCards into an owner's book, as its upload, 5,000 a transaction: `contacts import --device`."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from contact_service.actions import edge, upload
from contact_service.actions.context import House
from contact_service.cli import tally, vcards
from contact_service.cli.access import REQUEST
from contact_service.cli.tally import Rejected, Tally
from contact_service.formats import vcard
from contact_service.formats.upload import Batch, Item, Source, View
from contact_service.formats.vcard import Record
from contact_service.model.consent import Purpose, require
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

AT_ONCE = 5_000
"""Records a transaction."""


async def keep(
    settings: Settings, owner: OwnerId, batches: Iterator[tuple[Batch, dict[int, int]]]
) -> Tally:
    """Keep them; what became of them. Raises ConsentRequired (403), UnsupportedFormat (415)."""
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


def batches(
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
