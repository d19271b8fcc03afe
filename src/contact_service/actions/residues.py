"""What imports of files kept beside cards, for which a Card has no place: opened for an export to the program it came
from.
"""

from collections.abc import Collection, Mapping

import msgspec

from contact_service.actions import source_records
from contact_service.actions.context import Context
from contact_service.model.ids import CardId
from contact_service.model.imports import Kind
from contact_service.storage import source_records as stored

Residue = Mapping[str, Mapping[str, str]]
"""By program (`google-csv`), then by column."""
_OURS = msgspec.json.Decoder(dict[str, dict[str, str]])


async def of(ctx: Context, cards: Collection[CardId]) -> dict[CardId, Residue]:
    """The residue of each of these cards that has some; of two files the later one's where both have a column."""
    found: dict[CardId, dict[str, dict[str, str]]] = {}
    records = await stored.of_cards(ctx.tx, cards)
    for record in sorted(records, key=lambda one: one.brought_at):
        if record.kind != Kind.FILE or record.residue is None:
            continue
        opened = source_records.open_residue(ctx.key, record.source_key, record.residue)
        for program, columns in _read(opened).items():
            found.setdefault(record.card, {}).setdefault(program, {}).update(columns)
    return dict(found)


def _read(residue: bytes) -> dict[str, dict[str, str]]:
    """That of a CSV has columns by program; of another format it is something else, for which CSV has no place."""
    try:
        return _OURS.decode(residue) if residue else {}
    except msgspec.DecodeError:
        return {}
