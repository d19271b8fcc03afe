"""Blobs at rest: kept once, found by id, dropped when nothing of the owner points to them any more."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contact_service.model.ids import CardId, OwnerId
from contact_service.model.revision import Cause
from contact_service.storage import blobs, cards, revisions
from contact_service.storage.blobs import BlobRow
from contact_service.storage.cards import By, SealedCard
from contact_service.storage.db import Db
from contact_service.storage.revisions import Refused

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BY = By(None, NOW, by_hand=True)


def row(blob: bytes, sealed: bytes = b"sealed") -> BlobRow:
    return BlobRow(blob * 16, "image/jpeg", 9, sealed)


def card(version: int, *names: bytes, of: CardId | None = None, base: int = 0) -> SealedCard:
    """A card that points to these."""
    made = of or CardId(uuid4())
    key = made.bytes
    return SealedCard(
        made, version, b"s", b"h", key, base, Cause.EDITED, tuple(name * 16 for name in names)
    )


async def test_blobs_are_found_by_id_and_the_first_of_equal_ones_stays(tx) -> None:
    await blobs.put(tx, [row(b"a"), row(b"b")], NOW)
    await blobs.put(tx, [row(b"b", b"other"), row(b"c")], LATER)
    wanted = [name * 16 for name in (b"a", b"b", b"c", b"d")]
    assert await blobs.held(tx, wanted) == dict.fromkeys(wanted[:3], 9)
    found = await blobs.get_many(tx, wanted[1:])
    assert found == {wanted[1]: row(b"b"), wanted[2]: row(b"c")}


async def test_what_a_card_a_revision_or_a_refused_body_points_to_stays(tx) -> None:
    names = [bytes([n]) for n in range(1, 7)]
    await blobs.put(tx, [row(name) for name in names], NOW)
    first = card(1, names[0], names[1])
    await cards.add(tx, [first, card(2)], BY)
    changed = card(3, names[2], of=first.card, base=1)
    assert await cards.replace(tx, [changed], BY)
    refused = Refused(uuid4(), b"s", None, NOW)
    await revisions.refuse(tx, first.card, refused, (names[3] * 16,), 20)
    assert await blobs.drop_unused(tx, LATER) == 2
    left = await blobs.held(tx, [name * 16 for name in names])
    assert left.keys() == {name * 16 for name in names[:4]}
    assert await blobs.drop_unused(tx, LATER) == 0


async def test_a_deleted_cards_blobs_stay_as_long_as_its_history(tx) -> None:
    await blobs.put(tx, [row(b"a")], NOW)
    made = card(1, b"a")
    await cards.add(tx, [made], BY)
    await cards.bury(tx, [made.card], [2], BY)
    assert await blobs.drop_unused(tx, LATER) == 0


async def test_a_blob_that_just_came_is_not_dropped(tx) -> None:
    await blobs.put(tx, [row(b"a")], NOW)
    assert await blobs.drop_unused(tx, NOW) == 0
    assert await blobs.drop_unused(tx, NOW + timedelta(microseconds=1)) == 1


@pytest.mark.parametrize("points", [True, False])
async def test_another_owners_blobs_and_cards_are_out_of_reach(
    db: Db, owner: OwnerId, points: bool
) -> None:
    other = OwnerId(f"{owner}-other")
    async with db.write(other) as tx:
        await blobs.put(tx, [row(b"a")], NOW)
        if points:
            await cards.add(tx, [card(1, b"a")], BY)
    async with db.write(owner) as tx:
        assert not await blobs.get_many(tx, [b"a" * 16])
        await blobs.put(tx, [row(b"a")], NOW)
        assert await blobs.drop_unused(tx, LATER) == 1
    async with db.read(other) as tx:
        assert await blobs.held(tx, [b"a" * 16])
