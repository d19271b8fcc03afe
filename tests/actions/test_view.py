"""Where cards lie, from the database: what is new is one statement's worth, or more than that, or another history."""

import pytest

from acting import Actor, person
from contact_service.actions import cards, edge, view
from contact_service.actions.context import House
from contact_service.model.ids import DEFAULT_BOOK
from contact_service.storage import cards as rows
from contact_service.storage import listings
from contact_service.storage.db import Db


async def names(house: House, ann: Actor) -> set[str]:
    listing = await view.places(house, await edge.head(house, ann.owner))
    return {entry.name for entry in listing.shelved(DEFAULT_BOOK).changed(0)}


@pytest.mark.parametrize("new", [1, 2, 3, 4, 7])
async def test_however_much_is_new_all_of_it_is_there(
    house: House, ann: Actor, new: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (listings, rows):
        monkeypatch.setattr(module, "FEED_PAGE", 3)
    made = [await ann(cards.create, person(f"A{n}")) for n in range(5)]
    assert await names(house, ann) == {f"{one.id}.vcf" for one in made}
    made += [await ann(cards.create, person(f"B{n}")) for n in range(new)]
    await ann(cards.delete, made.pop(0).id)
    assert await names(house, ann) == {f"{one.id}.vcf" for one in made}


async def test_a_listing_of_another_history_is_not_gone_on_from(
    house: House, ann: Actor, db: Db
) -> None:
    made = await ann(cards.create, person("A"))
    assert await names(house, ann) == {f"{made.id}.vcf"}
    async with db.write(ann.owner) as tx:
        await tx.run("UPDATE cards SET deleted_at = now() WHERE owner_id = $1", ann.owner)
        await tx.run("UPDATE owners SET epoch = epoch + 1 WHERE owner_id = $1", ann.owner)
    assert await names(house, ann) == set()
