"""What an owner's cards say in the properties that address-book queries ask about, parsed once a card and number.

Queries of the other properties parse the cards anew; RFC 6352 8.6.
"""

from collections.abc import AsyncIterator, Sequence
from functools import partial

from contact_service.actions import faces, view
from contact_service.actions.context import House
from contact_service.actions.kept_said import Said
from contact_service.actions.listing import Entry, Listing
from contact_service.formats.dav import filters
from contact_service.formats.dav.filters import Value, Values
from contact_service.formats.vcard import lines
from contact_service.model.ids import OwnerId

KEPT = frozenset({"FN", "N", "NICKNAME", "EMAIL", "TEL", "ORG", "UID", "CATEGORIES", "KIND"})
"""The properties that are kept."""
SLICE = 200
"""Cards read and parsed between two turns of the event loop."""


async def values(
    house: House, listing: Listing, entries: Sequence[Entry], names: frozenset[str]
) -> AsyncIterator[tuple[Entry, Values]]:
    """Each entry with its values of these properties."""
    if names <= KEPT:
        said = await _said(house, listing)
        for entry in entries:
            number, held = said.cards.get(entry.card, (0, {}))
            if number >= entry.version:
                yield entry, partial(_of, held)
        entries = [entry for entry in entries if entry.card in listing.words]
    for start in range(0, len(entries), SLICE):
        some = entries[start : start + SLICE]
        found = await faces.read(house, listing, some, None)
        for entry in some:
            if entry.card in found:
                yield entry, filters.by_name(lines.parse(found[entry.card].body))


def _of(held: dict[str, list[Value]], name: str) -> Sequence[Value]:
    return held.get(name, ())


async def _said(house: House, listing: Listing) -> Said:
    found = house.said.fresh(listing.head)
    if found is not None:
        return found
    return await house.said.load(listing.head, partial(_load, house, listing))


async def _load(house: House, listing: Listing, _: OwnerId, older: Said | None) -> Said:
    """Only what changed since `older` is read."""
    listing = await view.places(house, listing.head)
    made = Said(listing.head)
    before = older.cards if older is not None and older.head.epoch == made.head.epoch else {}
    stale = []
    for entry in [entry for _, entry in listing.places.values()]:
        held = before.get(entry.card)
        if held is not None and held[0] == entry.version:
            made.cards[entry.card] = held
        else:
            stale.append(entry)
    for start in range(0, len(stale), SLICE):
        some = stale[start : start + SLICE]
        found = await faces.read(house, listing, some, None)
        for entry in some:
            if entry.card in found:
                made.cards[entry.card] = entry.version, _kept(found[entry.card].body)
    made.size_bytes = 2_000 + sum(300 + 250 * len(held) for _, held in made.cards.values())
    return made


def _kept(body: bytes) -> dict[str, list[Value]]:
    held = filters.by_name(line for line in lines.parse(body) if line.head.name in KEPT)
    return {name: list(found) for name in KEPT if (found := held(name))}
