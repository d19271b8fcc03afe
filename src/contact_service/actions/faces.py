"""What a card looks like to a CardDAV device: its vCard in the version the device is shown, kept in memory by number.

A representation that this release made (converted, or of a card made as JSON) has the converter's revision in its
entity-tag: another release may spell it otherwise (sync.md 1).
"""

from collections.abc import Iterable

from contact_service.actions import keys, photos, view
from contact_service.actions.context import House
from contact_service.actions.kept_faces import Face
from contact_service.actions.listing import Entry, Listing
from contact_service.formats import vcard
from contact_service.formats.vcard import versions
from contact_service.formats.vcard.groups import keyword_card
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.owner import Head, etag
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards

DEFAULT = "3.0"
"""What a device that names no version is shown of a card that has no lines of its own (RFC 6352 10.4)."""
_SPOKEN = frozenset({"3.0", "4.0"})


def version(lines: str | None, wanted: str | None) -> str:
    """The version shown of a card whose lines are in that one (None: it has none), to who wants that one."""
    if wanted is not None:
        return wanted
    return lines if lines in _SPOKEN else DEFAULT


def tag(epoch: int, number: int, lines: str | None, wanted: str | None) -> str:
    """The entity-tag of a card at that number, whose lines are in that version, as it is shown."""
    stored = etag(epoch, number)
    if lines == version(lines, wanted):
        return stored
    return f'{stored[:-1]}-{versions.REVISION}"'


async def read(
    house: House, listing: Listing, entries: Iterable[Entry], wanted: str | None
) -> dict[CardId, Face]:
    """The cards of these entries; one that changed meanwhile is shown as it is now, one that went is left out."""
    head = listing.head
    owner = head.owner
    found: dict[CardId, Face] = {}
    missing: list[Entry] = []
    for entry in entries:
        if entry.card in listing.words:
            found[entry.card] = await _word(house, listing, entry, wanted)
            continue
        kept = house.faces.get((owner, entry.card, entry.version, wanted))
        if kept is not None:
            found[entry.card] = kept
        else:
            missing.append(entry)
    if missing:
        found |= await _load(house, head, missing, wanted)
    return found


async def _load(
    house: House, head: Head, entries: list[Entry], wanted: str | None
) -> dict[CardId, Face]:
    async with house.db.read(head.owner) as tx:
        key = await keys.of_owner(house, tx, head.key_gen)
        rows = await cards.get_many(tx, [entry.card for entry in entries])
        opened = [
            (row, sealed_cards.open_(key, row.card, row.rev, row.sealed))
            for entry in entries
            if (row := rows.get(entry.card)) is not None and row.sealed is not None
        ]
        lines = [versions.shown(c, version(_lines(c), wanted))[0] for _, c in opened]
        bodies = [body async for body in photos.wholes(tx, key, lines)]
    found = {}
    for (row, card), body in zip(opened, bodies, strict=True):
        face = Face(tag(head.epoch, row.version, _lines(card), wanted), body)
        found[row.card] = face
        house.faces.put((head.owner, row.card, row.version, wanted), face)
    return found


async def _word(house: House, listing: Listing, entry: Entry, wanted: str | None) -> Face:
    """A keyword as a group card of the contacts that have it."""
    lies_in, word = listing.words[entry.card]
    known = await view.groups(house, await view.book(house, listing.head))
    held = [known.said[card] for card in known.words.get(word, ())]
    uids = [said.uid for said in held if said.book == lies_in]
    body = keyword_card(word, f"urn:uuid:{entry.card}", uids, wanted or DEFAULT)
    return Face(tag(listing.head.epoch, entry.version, None, wanted), body)


def _lines(card: Card) -> str | None:
    return vcard.version(card.lines) if card.lines else None
