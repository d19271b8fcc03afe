"""Records go: what becomes of the cards that they were of."""

from collections.abc import Sequence

import msgspec

from contact_service.actions import weaving
from contact_service.actions.weaving import Loom, Woven
from contact_service.model.ids import CardId
from contact_service.model.imports import Kind
from contact_service.model.problem import TooLarge
from contact_service.storage.source_records import SourceRecord


class Taken(msgspec.Struct, frozen=True):
    """The cards that the records were of, and how many live contacts lost one."""

    woven: list[Woven]
    removed: int


def plan(loom: Loom, gone: Sequence[SourceRecord], *, keep_edited: bool) -> Taken:
    """What becomes of the cards of these records, which were laid. `keep_edited`: one that a person edited stays as it
    is, and is hers, when its last record goes: the edit wins over the delete (sync.md 3.4). Else only her edits stay.
    """
    by_card: dict[CardId, list[SourceRecord]] = {}
    for record in gone:
        by_card.setdefault(record.card, []).append(record)
    woven = [
        _taken(loom, card, records, keep_edited=keep_edited)
        for card, records in by_card.items()
        if loom.live(card) is not None
    ]
    return Taken(woven, sum(1 for one in woven if not one.stays))


def _taken(loom: Loom, card: CardId, gone: Sequence[SourceRecord], *, keep_edited: bool) -> Woven:
    drops = [record.id for record in gone]
    row, standing = loom.rows[card], loom.standing(card)
    left = [record for record in loom.records[card] if record.id not in drops]
    is_last = all(record.kind == Kind.OWN for record in left)
    if keep_edited and is_last and row.by_hand:
        hers = loom.claim(row, standing, loom.folded(card))
        return Woven(
            row, standing, standing, None, (*drops, weaving.own_id(card)), hers, is_left=True
        )
    try:
        return loom.weave(card, {}, drops)
    except TooLarge:
        # Less than before cannot be too much, unless what stands was too much already: it is left.
        return Woven(row, standing, standing, None, tuple(drops))
